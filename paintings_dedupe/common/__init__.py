"""What the programs share: URLs, decoding, hashing, terminal, warehouse."""
