"""Compare what was published with the store and the table."""
