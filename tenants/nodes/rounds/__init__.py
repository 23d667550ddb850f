"""Going round the nodes: each is compared once a minute, by one worker at a time."""
