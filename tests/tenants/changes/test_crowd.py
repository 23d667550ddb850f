"""What is made many at a time is what one at a time would have made."""

from __future__ import annotations

import pytest

from tenants.changes.models import Object, Publication
from tenants.changes.proofs import actions as proofs
from tenants.changes.registry import kinds_of
from tenants.customers import scope
from tenants.routing.objects import digest, encode
from tenants.routing.root import buckets_of, root_of
from tests.factories import flow
from tests.factories.cast import cast
from tests.factories.crowd import crowd, lines, voices

pytestmark = pytest.mark.django_db


def test_what_is_published_is_what_the_rows_compile_to() -> None:
    customer = cast().norrsken
    with scope.customer(customer.pk):
        box = flow.mailbox(customer.pk).destination
        people = crowd(customer, 30, no_answer_id=box.pk)
        rows = [*people, *lines(customer, 20, entry=box), *voices(customer, 10)]
        rows_of = Object.objects.filter(published__isnull=False).values_list("key", "published")
        published = {key: str(sha256) for key, sha256 in rows_of}
        for row in (type(one).objects.get(pk=one.pk) for one in rows):
            for kind in kinds_of(row):
                made = kind.compile(row)
                assert made is not None
                assert published[f"{kind.name}/{row.pk}"] == digest(encode(made))
        assert Publication.objects.get().root == root_of(buckets_of(published.items()))
        assert len(published) == 2 * 30 + 2 * 20 + 10 + 1
        assert proofs.prove_published(customer.pk).agreed
