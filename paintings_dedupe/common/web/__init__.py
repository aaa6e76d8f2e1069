"""The rules of the web: addresses, URLs, HTTP answers, encodings, robots, secrets in URLs."""
