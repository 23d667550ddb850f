"""Announcements: play a prompt, then go on or hang up. Draft, then published with the flow."""
