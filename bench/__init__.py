"""Measurements. Each module here has `figures()`, which returns rows of name, value and unit, both parts of each ratio."""
