"""The outside: one package per system we speak with. Integrations do not know each other."""
