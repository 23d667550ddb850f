"""The proof of what is about to be published, and of what is."""
