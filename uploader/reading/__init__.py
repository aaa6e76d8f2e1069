"""Reads the bytes of images for other programs: from a folder, a store, or the web."""
