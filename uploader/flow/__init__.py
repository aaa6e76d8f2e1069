"""Limit concurrency, memory and time, and stop a run."""
