"""Verify downloaded images in separate processes."""
