"""Numbers: what the customer can be called on. Staff hands them out; exactly one is the main number.

The label is live (``number/<id>``); where calls go is draft (``number-flow/<id>``). A number is held by one
customer in the whole platform; the database decides, and says the same whoever holds it.
"""
