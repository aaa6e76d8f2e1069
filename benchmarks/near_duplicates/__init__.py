"""Measure the quality and the speed of near-duplicate detection."""
