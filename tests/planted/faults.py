"""Faults that the suite must find. Each takes away one thing that keeps customers apart or changes from being lost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A piece of the product replaced by a wrong one, and the tests that must then fail."""

    name: str
    file: str
    right: str
    wrong: str
    found_by: str


FAULTS = (
    Fault(
        "a query needs no scope",
        "tenants/customers/models.py",
        "objects: ClassVar[OwnedManager[Self]] = OwnedManager()",
        "objects = models.Manager()",
        "tests/house/fences/test_scope.py",
    ),
    Fault(
        "a policy lets every row through",
        "tenants/customers/fences.py",
        "STRICT = \"customer_id = current_setting('app.customer')::bigint\"",
        'STRICT = "true"',
        "tests/house/fences/test_rows.py",
    ),
    Fault(
        "row-level security does not bind the owner",
        "tenants/customers/fences.py",
        'f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"',
        'f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"',
        "tests/house/fences/test_schema.py",
    ),
    Fault(
        "a key may point at another customer's row",
        "tenants/customers/fences.py",
        'pairs = [("customer_id", "customer_id"), (field.column, field.target_field.column), '
        "*_kind_pair(model, field)]",
        "pairs = [(field.column, field.target_field.column)]",
        "tests/house/fences/test_rows.py",
    ),
    Fault(
        "history can be rewritten",
        "tenants/customers/fences.py",
        'APPEND = "SELECT, INSERT"',
        'APPEND = "SELECT, INSERT, UPDATE, DELETE"',
        "tests/house/fences/test_rows.py",
    ),
    Fault(
        "the door lets a stranger in",
        "tenants/customers/access.py",
        "    if membership is None and not user.is_staff:\n        raise Http404\n",
        "",
        "tests/house/fences/test_routes.py",
    ),
    Fault(
        "the door does not ask for the role",
        "tenants/customers/access.py",
        "        raise PermissionDenied\n",
        "        pass\n",
        "tests/house/fences/test_routes.py",
    ),
    Fault(
        "publishing does not lock the publication",
        "tenants/changes/actions.py",
        "publication = Publication.objects.select_for_update(no_key=True).get(customer_id=customer_id)\n"
        "    objects = list(Object.objects.filter(WAITING, key__in=keys))",
        "publication = Publication.objects.get(customer_id=customer_id)\n"
        "    objects = list(Object.objects.filter(WAITING, key__in=keys))",
        "tests/integrations/switch/test_forty_admins.py",
    ),
    Fault(
        "a sealed secret opens in another place",
        "tenants/sealing.py",
        "key.encrypt(nonce, secret, place.encode())",
        'key.encrypt(nonce, secret, b"")',
        "tests/tenants/test_sealing.py",
    ),
    Fault(
        "an answer counts without the nonce of its ask",
        "integrations/asterisk/etc/extensions.conf",
        '$["${CUT(ANSWER,|,1)}"="${NONCE}" & "${CUT(ANSWER,|,7)}"="${NONCE}"]',
        "$[1]",
        "tests/integrations/asterisk/test_failures.py -k nonsense",
    ),
    Fault(
        "a node takes an older generation",
        "tenants/routing/intake.py",
        "    if (push.epoch, push.generation) < (held.epoch, held.generation):\n",
        "    if False:\n",
        "tests/integrations/switch/test_memory_node.py",
    ),
    Fault(
        "the registration of a removed telephone stays",
        "integrations/asterisk/rows.py",
        "if after.get(name) != secret]",
        "if after.get(name) != secret and False]",
        "tests/integrations/asterisk/test_telephones.py -k password",
    ),
)
