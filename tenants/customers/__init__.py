"""Customers, who may enter, and the one door through which everything of a customer is reached.

A ``Customer`` is the company. A ``User`` logs in; a ``Membership`` lets a user into a customer with a role.
``scope.customer`` opens the short transaction in which a customer's rows can be seen at all; ``access`` is
the door of pages. The switch hears nothing of this room.
"""
