"""The portal's side towards the switching layer: making every node agree, and hearing what it has to tell.

``pusher`` brings a customer's newest generation to its node and stores the node's receipt; ``compare`` finds
drift; ``api`` is the door nodes come in by; ``events`` keeps and folds what they tell. The contract is
``tenants.routing.wire``, so any switch can implement it; docs/switch-api.md tells it in words.
"""
