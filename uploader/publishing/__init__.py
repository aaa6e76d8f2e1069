"""Publish the manifest and the results, and keep what others published."""
