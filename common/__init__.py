"""What `ingest` and `uploader` share: URLs, decoding, hashing, terminal, warehouse."""
