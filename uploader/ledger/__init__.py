"""Keep the books of a run."""
