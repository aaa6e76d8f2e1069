"""The rules of the web: addresses, URLs, answers, encodings, robots, secrets in URLs."""
