"""Shows on one page what dbt collapsed, kept and rejected, and takes the verdicts of who looked."""
