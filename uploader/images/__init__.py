"""Check that bytes are the image that a row promises, in processes of their own."""
