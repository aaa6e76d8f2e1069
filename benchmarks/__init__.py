"""Measurements that tests do not make: how good, how fast, how large, and beside what."""
