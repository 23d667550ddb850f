"""Measurements. Each module has `figures()`: rows of name, value and unit, with both parts of each ratio."""
