"""Provisioning a new customer: the company itself, its place on a node, and the base package's first flow.

Above every other room, since it uses them all. Staff only.
"""
