"""Download images by the same rules as the uploader."""
