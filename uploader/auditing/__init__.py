"""Compare the published manifest with the store and the table."""
