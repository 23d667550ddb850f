"""A person's telephones and their secrets: made here, sealed, shown once."""
