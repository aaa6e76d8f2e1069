"""Download images by the rules that the uploader follows, too."""
