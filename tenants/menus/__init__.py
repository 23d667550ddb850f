"""Menus (knappval): the caller presses a key. Draft, then Granska and Publicera.

Keys are routes in slots ``key:0``–``key:9``, ``key:*`` and ``key:#``, each with its own message if wanted. No key
(``no_input``) and a wrong key (``invalid``) are two slots. The switch hears ``menu/<id>``.
"""
