"""The whole pipeline on one machine, with a generated gallery."""
