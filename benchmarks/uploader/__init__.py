"""Compare the uploader with other programs and with the limits of the machine."""
