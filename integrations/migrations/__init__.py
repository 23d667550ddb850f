"""Tables of the outside systems. They stand on the domain's, so they come after its fences."""
