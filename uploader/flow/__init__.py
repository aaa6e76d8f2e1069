"""Decide how much happens at a time, for how long, and when to stop."""
