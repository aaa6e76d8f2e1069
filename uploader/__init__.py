"""Upload the deduplicated paintings to blob storage and publish their manifest."""
