"""Live state in the portal: asking, folding, showing."""
