"""Response groups (svarsgrupper): several people answer the same calls, in turn or all at once.

Rules and members are draft and published with the flow; who is logged in is live state on the node. The switch
hears ``group/<id>``: members with ranks, equal ranks ring together.
"""
