"""Other programs that find near-duplicates, in an environment of their own."""
