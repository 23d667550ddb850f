"""Provring: a real call into a flow, live or draft, at a chosen moment, with its steps as they happen."""
