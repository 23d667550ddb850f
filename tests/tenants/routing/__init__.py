"""The heart without Django, a database or a clock."""
