"""Measure images, and make the rows of the table."""
