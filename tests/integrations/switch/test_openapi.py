"""The contract in the tree is the one the types give, and the portal's half of it is served."""

from __future__ import annotations

import json
import re

from django.conf import settings
from django.urls import URLResolver, get_resolver

from integrations.switch import openapi
from integrations.switch.memory_node import Door
from integrations.switch.memory_state import MemoryNode


def test_the_document_in_the_tree_is_up_to_date() -> None:
    assert (settings.BASE_DIR / openapi.PATH).read_text() == openapi.text(), "run: manage.py switch_openapi"


def shape(path: str) -> str:
    """Return a path with every parameter as ``{}``."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def test_every_address_of_the_portals_half_is_served_and_described() -> None:
    served = {
        "/" + shape(f"{prefix.pattern}{one.pattern}")
        for prefix in get_resolver().url_patterns
        if str(prefix.pattern) == "api/switch/v1/"
        for one in (prefix.url_patterns if isinstance(prefix, URLResolver) else ())
        if str(one.pattern)  # the last one takes what is none
    }
    assert served == {shape(path) for path in openapi.document()["paths"] if path.startswith("/api/")}


def test_every_address_of_the_nodes_half_is_served_by_a_node_and_described() -> None:
    served = {shape(route.path) for route in Door(MemoryNode()).routes()}
    assert served == {shape(path) for path in openapi.document()["paths"] if path.startswith("/v1/")}


def test_every_reference_leads_somewhere_and_ids_are_unique() -> None:
    document = openapi.document()
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert named <= document["components"]["schemas"].keys()
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids)) == len(openapi.OPERATIONS)
