"""Decide from the pixels of two images whether they show the same painting."""
