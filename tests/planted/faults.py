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
        "a key's scopes are not asked for",
        "tenants/requests/bearer.py",
        "    if not allows(key.scopes, scope):\n",
        "    if not scope:\n",
        "tests/tenants/apikeys/test_keys.py",
    ),
    Fault(
        "a key opens every customer",
        "tenants/requests/door.py",
        "return found if found is not None and found.pk == key.customer_id else None",
        "return found",
        "tests/tenants/apikeys/test_keys.py",
    ),
    Fault(
        "an answer that holds a secret is kept as it is",
        "tenants/requests/door.py",
        "kept = actions.closed(body, key) if self.secret else body",
        "kept = body",
        "tests/portal/test_api_rooms.py",
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
        "if after.get(name) != secret))",
        "if after.get(name) != secret and False))",
        "tests/integrations/asterisk/test_telephones.py -k password",
    ),
    Fault(
        "the proof of a change does not climb",
        "tenants/routing/reach.py",
        "starts = after.all_above(grown) | begun",
        "starts = grown | begun",
        "tests/tenants/routing/test_reach.py",
    ),
    Fault(
        "publishing keeps no references",
        "tenants/changes/actions.py",
        "proofs.keep_references(publication.customer_id, changes)",
        "pass",
        "tests/tenants/changes/test_proofs.py",
    ),
    Fault(
        "an older word of the node undoes a newer one",
        "tenants/live/actions.py",
        "if mine == theirs or live.merged(mine, theirs) != theirs:",
        "if mine == theirs:",
        "tests/tenants/live/test_actions.py",
    ),
    Fault(
        "a node that started anew is not told what it was",
        "integrations/switch/live.py",
        "if theirs < mine or (anew and mine):",
        "if theirs < mine:",
        "tests/integrations/switch/test_live.py",
    ),
    Fault(
        "one's own page sets anybody's state",
        "tenants/people/presence_views.py",
        'return _people().filter(user_id=request.user.pk).order_by("pk").first()',
        'return _people().order_by("pk").first()',
        "tests/tenants/live/test_pages.py",
    ),
    Fault(
        "of two registers the higher one holds, not the later",
        "tenants/routing/live.py",
        "(theirs.at, theirs.version) > (mine.at, mine.version)",
        "(theirs.version, theirs.at) > (mine.version, mine.at)",
        "tests/tenants/routing/test_live.py -k changed_later",
    ),
    Fault(
        "the board forgets how far it has counted",
        "tenants/routing/board.py",
        "version=self.height + 1, at=at",
        "version=1, at=at",
        "tests/integrations/switch/test_memory_node.py -k version_higher",
    ),
    Fault(
        "a wish older than the last change undoes it",
        "tenants/routing/board.py",
        "(held.command == command.id or held.at > at)",
        "held.command == command.id",
        "tests/integrations/switch/test_live.py -k click_older",
    ),
    Fault(
        "a member who logged out is rung",
        "tenants/routing/live.py",
        "if (login and not login.on) or (pause and",
        "if (login and login.on is None) or (pause and",
        "tests/tenants/routing/test_live.py -k takes_no_part",
    ),
    Fault(
        "a full line lets callers in",
        "tenants/routing/waiting.py",
        "if line.waiting >= rules.max_waiting:",
        "if line.waiting > rules.max_waiting:",
        "tests/tenants/routing/test_waiting.py -k full_line",
    ),
    Fault(
        "callers wait for a line that everybody has left",
        "tenants/routing/waiting.py",
        'if result == "empty":',
        'if result == "nobody":',
        "tests/tenants/routing/test_waiting.py -k nobody_there",
    ),
    Fault(
        "the proof of a change skips who names a removed object",
        "tenants/routing/reach.py",
        "found = set(self._source.referrers(names)) - set(self._changes) if names else set()",
        "found: set[Key] = set()",
        "tests/tenants/routing/test_reach.py",
    ),
    Fault(
        "calls follow a stage that is still being filled",
        "integrations/asterisk/store.py",
        "            stage = rows.new_stage(connection, customer)\n",
        "            stage = rows.new_stage(connection, customer)\n"
        '            connection.execute("UPDATE customers SET stage = ? WHERE customer = ?", (stage, customer))\n',
        "tests/integrations/asterisk/test_stages.py -k killed_at_any_point",
    ),
    Fault(
        "a change is written without the root that goes with it",
        "integrations/asterisk/store.py",
        "            if root.root_of(buckets) != push.root:\n",
        "            if False:\n",
        "tests/integrations/asterisk/test_contract.py -k wrong_root",
    ),
    Fault(
        "the scrub does not hash objects",
        "integrations/asterisk/scrubbing.py",
        "rotten += (bucket, _text(sha256)) != (root.bucket_of(key), really) or not _fits(key, body)",
        "rotten += 0",
        "tests/integrations/asterisk/test_drift.py -k counted",
    ),
    Fault(
        "the scrub does not work rows out again",
        "integrations/asterisk/scrubbing.py",
        "differing = 0 if given else _differing(connection, stage, derived)",
        "differing = 0",
        "tests/integrations/asterisk/test_drift.py -k one_flipped_bit",
    ),
    Fault(
        "roots that differ are no drift",
        "integrations/switch/compare.py",
        "(has == confirmed and held.root != placement.root)",
        "False",
        "tests/integrations/switch/test_compare.py -k what_counts",
    ),
    Fault(
        "a repeated request is carried out again",
        "tenants/requests/actions.py",
        "return answer if made and answer.status is not None else None",
        "return None",
        "tests/faults/test_api_once.py -k 40",
    ),
    Fault(
        "a request whose answer was lost leaves no answer behind",
        "tenants/requests/door.py",
        "actions.keep(user_id=request.user.pk, key=key, status=response.status_code, body=kept, headers=headers)",
        "pass",
        "tests/faults/test_api_once.py -k 40",
    ),
    Fault(
        "a key does what its scopes do not say",
        "tenants/requests/bearer.py",
        "if not allows(key.scopes, scope):",
        "if False:",
        "tests/tenants/apikeys/test_keys.py -k scopes_say",
    ),
    Fault(
        "a revoked key opens",
        "tenants/apikeys/queries.py",
        "if found is not None and found.is_valid(timezone.now()) else None",
        "if found is not None else None",
        "tests/tenants/apikeys/test_keys.py -k opens_nothing",
    ),
    Fault(
        "an event told twice is no repeat",
        "integrations/switch/actions.py",
        "Event.objects.bulk_create(events, ignore_conflicts=True)",
        "Event.objects.bulk_create(events)",
        "tests/faults/test_failpoints.py -k batch",
    ),
    Fault(
        "a node tells of another node's customers",
        "integrations/switch/events.py",
        'return "" if event.customer in served else "a customer this node does not serve"',
        'return ""',
        "tests/integrations/switch/test_events.py -k another_nodes",
    ),
    Fault(
        "an effect fails again and holds up the others",
        "integrations/switch/events.py",
        "        if len(rows) == 1:\n",
        "        if rows:\n",
        "tests/integrations/switch/test_folding.py -k others_have",
    ),
    Fault(
        "who lost the turn pushes on",
        "integrations/switch/pusher.py",
        "    if not actions.renew(turn):\n        raise LostTurn",
        "    actions.renew(turn)",
        "tests/integrations/switch/test_push.py -k lease_that_ended",
    ),
    Fault(
        "two workers push one customer at once",
        "integrations/switch/actions.py",
        ".filter(next_try_at__lte=now, lease_until__lte=now)",
        ".filter(next_try_at__lte=now)",
        "tests/faults/test_failpoints.py -k dead_pushers",
    ),
    Fault(
        "an old receipt moves the record back",
        "tenants/nodes/actions.py",
        "Placement.objects.filter(not_ahead, customer_id=receipt.customer, node_id=node_id).update(",
        "Placement.objects.filter(customer_id=receipt.customer, node_id=node_id).update(",
        "tests/integrations/switch/test_push.py -k older_receipt",
    ),
    Fault(
        "any receipt will do",
        "integrations/switch/client.py",
        "if said != (push.customer, push.epoch, push.generation, push.root):",
        "if said is None:",
        "tests/integrations/switch/test_nasty_nodes.py",
    ),
    Fault(
        "generation and objects are read at two moments",
        "integrations/switch/contents.py",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "tests/faults/test_failpoints.py -k one_moment",
    ),
    Fault(
        "a new epoch counts for nothing",
        "tenants/routing/intake.py",
        "if (push.epoch, push.generation) < (held.epoch, held.generation):",
        "if push.generation < held.generation:",
        "tests/integrations/switch/test_memory_node.py",
    ),
    Fault(
        "who transfers passes no gate",
        "tenants/routing/decide.py",
        'e164 = gate(digits, "call", who.area)',
        "e164 = digits",
        "tests/tenants/routing/test_dialled.py -k gate",
    ),
    Fault(
        "a number that was allowed once is dialled for ever",
        "tenants/routing/places.py",
        'if refused := check(place.e164, "target"):',
        'if (refused := check(place.e164, "target")) and not refused.code:',
        "tests/tenants/routing",
    ),
    Fault(
        "what was told is deleted before the portal has it",
        "integrations/asterisk/spool.py",
        "done = path.name < mark.segment or (path.name == mark.segment and mark.offset >= path.stat().st_size)",
        "done = True",
        "tests/integrations/asterisk/test_spool.py -k segments",
    ),
    Fault(
        "of an hour that comes twice the first one closes",
        "tenants/routing/schedules.py",
        "at = clock.replace(tzinfo=zone, fold=second).astimezone(UTC)",
        "at = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)",
        "tests/tenants/routing/test_clock_changes.py",
    ),
)
