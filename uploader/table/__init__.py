"""Read the image set that dbt built, and plan what to do with each row."""
