"""Access the warehouse through dbt's profile and adapter."""
