"""Reach the warehouse through dbt's own profile and adapter."""
