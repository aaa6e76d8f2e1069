"""Publish the manifest and the results, and protect files that others published."""
