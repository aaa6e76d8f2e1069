"""The commands of `ingest` and the options that they share."""
