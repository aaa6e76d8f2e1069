"""List the images in a folder or in a file of URLs."""
