"""The link by which somebody new sets a password.

Whoever holds it becomes that user, so it is shown only where that harms nobody: a user without a password who
belongs to this customer alone. Everybody else sets their password themselves, or asks our staff.
"""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.http import Http404
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from tenants.customers import scope
from tenants.customers.models import Membership, User


def path_for(user: User, customer_id: int) -> str | None:
    """Return the path of the link, or None where it may not be shown to a customer's administrator."""
    return staff_path_for(user) if is_ours_alone(user, customer_id) else None


def staff_path_for(user: User) -> str:
    """Return the path of the link, for our own staff to hand over."""
    ident = urlsafe_base64_encode(str(user.pk).encode())
    return reverse("invite", args=(ident, default_token_generator.make_token(user)))


def is_ours_alone(user: User, customer_id: int) -> bool:
    """Return whether a user is new, no staff, and belongs to no other customer."""
    if user.has_usable_password() or user.is_staff:
        return False
    with scope.user(user.pk):
        return not Membership.objects.filter(user=user).exclude(customer_id=customer_id).exists()


def user_of(ident: str, token: str) -> User:
    """Return whose link it is.

    :raises Http404: if there is no such user, or the link has been used or is too old.
    """
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(ident)), is_active=True).first()
    except (ValueError, OverflowError):
        user = None
    if user is None or not default_token_generator.check_token(user, token):
        raise Http404
    return user
