"""Where the bytes of images come from: a folder on this machine, or the web."""
