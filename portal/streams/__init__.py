"""Event streams: each open page hears that something of its customer has changed, and asks for it as any page does."""
