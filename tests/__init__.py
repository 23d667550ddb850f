"""Tests mirror the tree; `house` holds the walls, `journeys` walks what a person does."""
