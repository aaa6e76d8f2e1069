"""Measures the review page."""
