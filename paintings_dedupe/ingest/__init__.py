"""Make the table `Paintings` from image files or image URLs."""
