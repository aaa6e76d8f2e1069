"""Measure how fast this project is, and beside what."""
