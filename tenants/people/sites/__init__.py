"""The offices where people work: what completes a number somebody dials without its area code."""
