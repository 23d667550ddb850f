"""Moving a customer from one node to another."""
