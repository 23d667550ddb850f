"""Commands of the outside systems."""
