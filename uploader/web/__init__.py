"""Fetch the bytes behind a URL, politely and safely."""
