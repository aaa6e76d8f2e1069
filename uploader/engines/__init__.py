"""Engines: what works through the rows, on this machine or on a cluster."""
