"""The whole pipeline on a gallery of invented paintings, on one machine."""
