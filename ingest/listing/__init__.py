"""List the images of a folder, or those that a file names by address."""
