"""Measure images and make rows of the table of them."""
