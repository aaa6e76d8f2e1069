"""Make the table `Paintings` out of image files or image addresses."""
