"""Decode, hash and judge image bytes."""
