"""Letting people in and out of a customer."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tenants.customers.models import Membership, Role, User, UserManager
from tenants.refusals import Refusal, constraints
from tenants.versions import Seen, held


class LastAdmin(Refusal):
    """A customer always has somebody who can change it."""

    code = "last_admin"
    message = _("Det måste finnas minst en administratör. Gör någon annan till administratör först.")


class AlreadyMember(Refusal):
    """The person is let in already."""

    code = "already_member"
    field = "email"
    message = _("Personen har redan tillgång.")


@transaction.atomic
def let_in(*, customer_id: int, email: str, name: str, role: Role) -> Membership:
    """Let a person in, by address. A person new to the portal gets a user without a password.

    An existing user's name, address and password are that person's own and are not touched.

    :raises AlreadyMember: if the person is in.
    """
    user = User.objects.filter(email=UserManager.normalise(email)).first()
    user = user or User.objects.create_user(email, name=name)
    with constraints({"membership_once": AlreadyMember}):
        return Membership.objects.create(customer_id=customer_id, user=user, role=role)


def set_password(*, user: User, password: str) -> None:
    """Give a user a password of their own choice; every invitation to them ends with it."""
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def give_login(*, email: str, name: str, password: str, staff: bool = False) -> User:
    """Give somebody, new or known, a login with a password. For commands; people choose their own."""
    user = User.objects.filter(email=UserManager.normalise(email)).first()
    user = user or User.objects.create_user(email, name=name)
    user.set_password(password)
    user.is_staff = staff
    user.save(update_fields=["password", "is_staff"])
    return user


def set_appearance(*, user: User, theme: User.Theme, language: str) -> None:
    """Save how the pages look and which language they speak for a user."""
    user.theme, user.language = theme, language
    user.save(update_fields=["theme", "language"])


@transaction.atomic
def change_role(*, membership: Membership, role: Role) -> None:
    """Give a membership another role.

    :raises LastAdmin: if nobody would be administrator.
    """
    _keep_an_admin(membership, becomes=role)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def let_out(*, membership: Membership, version: Seen) -> None:
    """End a membership. ``version`` is its stamp.

    :raises Conflict: if somebody else has changed it since ``version``, or was first to remove it.
    :raises LastAdmin: if nobody would be administrator.
    """
    _keep_an_admin(membership, becomes=None)
    held(Membership, membership.pk, version).delete()


def _keep_an_admin(membership: Membership, *, becomes: Role | None) -> None:
    admins = list(Membership.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk"))
    if becomes != Role.ADMIN and [admin.pk for admin in admins] == [membership.pk]:
        raise LastAdmin
