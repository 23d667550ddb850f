"""The domain: one Django app, one room (package) per subject. Imports neither portal nor integrations."""
