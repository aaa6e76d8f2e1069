"""Measurements of quality, speed and memory, compared with other programs."""
