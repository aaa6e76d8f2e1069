"""Read, write and load tables of paintings."""
