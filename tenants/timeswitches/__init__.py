"""Time switches: part calls by a schedule's state. Draft, then published with the flow.

The switch hears ``timeswitch/<id>``: the schedule's key and a target for each state.
"""
