"""Changing the keys under which secrets lie in the database (``FIELD_KEYS``), while the product runs.

``columns.py`` lists every sealed column; whoever seals a new one adds it there, or a test fails.
"""
