"""Schedules: when the customer is open. They know nothing of where calls go (``timeswitches`` does).

A week, periods with a week of their own, holiday rules and dated exceptions, in that ladder from below. Live at
once, with undo. The switch hears ``schedule/<id>`` and evaluates it itself. Times are minutes after local
midnight; an opening past midnight ends above 1440.
"""
