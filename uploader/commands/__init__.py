"""What a user types: the commands, their options, and what these name."""
