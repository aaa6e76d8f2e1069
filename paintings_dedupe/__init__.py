"""The programs around the uploader, and what all programs share."""
