"""What `ingest` and `uploader` both need: URLs, addresses, decode, hash, report, warehouse."""
