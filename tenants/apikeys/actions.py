"""Making and revoking keys."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.apikeys.models import ApiKey
from tenants.apikeys.queries import hashed
from tenants.apikeys.scopes import ME, SCOPES, WRITE
from tenants.customers import scope
from tenants.customers.models import Membership, Role, User
from tenants.refusals import Refusal, constraints

MARK = "b2v"
"""Begins every key, so that programs that look for leaked keys know ours."""
MOST_OWN = 10
USED_EVERY = timedelta(minutes=1)


class NameTaken(Refusal):
    """Another key has the name."""

    code = "name_taken"
    field = "name"
    message = _("En annan nyckel har redan det namnet. Välj ett annat.")


class NoScope(Refusal):
    """A key that may do nothing, or something there is not."""

    code = "no_scope"
    field = "scopes"
    message = _("Välj minst en sak som nyckeln får göra.")


class TooMany(Refusal):
    """A person has as many keys as anybody needs."""

    code = "too_many_keys"
    message = _("Du har redan tio nycklar. Ta bort en som inte används.")


@transaction.atomic
def make(
    *, customer_id: int, by: User, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key. Return it and what to show, which is never to be had again.

    It gets a login of its own without password, inactive, under an address that no post reaches (RFC 2606).

    :raises NameTaken: if another key has the name.
    :raises NoScope: if nothing is allowed.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise NoScope
    return _made(customer_id, by, name, sorted(scopes), expires_at=expires_at)


@transaction.atomic
def make_own(*, customer_id: int, by: User, name: str) -> tuple[ApiKey, str]:
    """Make a key to somebody's own state, by that person: it opens that and nothing else. Return it and what to show.

    Nobody can make one for somebody else, since it lets whoever has it listen to that person's messages.

    :raises NameTaken: if another key has the name.
    :raises TooMany: if the person has ``MOST_OWN`` already.
    """
    if ApiKey.objects.filter(own_of=by, revoked_at=None).count() >= MOST_OWN:
        raise TooMany
    return _made(customer_id, by, name, [f"{WRITE}:{ME}"], own_of=by)


def _made(customer_id: int, by: User, name: str, scopes: list[str], **more: Any) -> tuple[ApiKey, str]:
    prefix = f"{MARK}_{secrets.token_hex(4)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    user = User.objects.create_user(f"{prefix}@key.invalid", name=f"{name} (API)", is_active=False)
    Membership.objects.create(customer_id=customer_id, user=user, role=Role.USER)
    with constraints({"api_key_name_once": NameTaken}):
        row = ApiKey.objects.create(
            customer_id=customer_id, user=user, name=name, prefix=prefix, hash=hashed(secret),
            scopes=scopes, created_by=by, **more,
        )  # fmt: skip
    return row, secret


@transaction.atomic
def revoke(*, key: ApiKey, by: User) -> None:
    """Let a key open nothing from now on. It stays in history."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)
    Membership.objects.filter(user_id=key.user_id).delete()


def used(*, key: ApiKey) -> None:
    """Note that a key was used, at most once a minute: a write for every request would cost more than it tells."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - USED_EVERY:
        with scope.customer(key.customer_id):
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
