"""Measure the uploader beside what else could do its work, and beside what the machine allows."""
