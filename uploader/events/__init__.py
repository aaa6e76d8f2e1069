"""What happens in a run, as events for a log and for its summary."""
