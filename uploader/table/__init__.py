"""What dbt made: the image set, its rows, and what is planned for each row."""
