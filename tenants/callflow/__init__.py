"""The call flow as people read it: a tree of every step a call to a number can take, over all draft kinds.

Pages only. What is drawn is the draft, compared with what is published; what is edited is edited by the rooms'
own actions. Above every other room but onboarding, since it shows them all.
"""
