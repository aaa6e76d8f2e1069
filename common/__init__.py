"""What `ingest` and `uploader` both need: download, decode, hash, run in parallel, report."""
