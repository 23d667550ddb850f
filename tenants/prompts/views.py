"""Ljud och hälsningar: the list, one prompt with its takes, uploading and recording."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants.answers import latest, removed, saved, told, tried
from tenants.cursors import cut
from tenants.customers.access import CustomerRequest, aside, customer_page
from tenants.doors import part, searched, status_of
from tenants.prompts import actions, queries
from tenants.prompts.forms import ChangeForm, NewForm, TakeForm
from tenants.prompts.models import Prompt, Take
from tenants.sounds import responses
from tenants.sounds.convert import Converted, TooLarge, convert
from tenants.sounds.uploads import is_too_large


def find(ident: int) -> Prompt:
    """Return a prompt of the customer in scope, or answer 404."""
    prompts = Prompt.objects.select_related("take__wide").defer("take__wide__wav")
    return get_object_or_404(prompts, pk=ident)


def _at(request: CustomerRequest, prompt: Prompt) -> str:
    return reverse("prompts:show", args=(request.customer.slug, prompt.pk))


def _list(request: CustomerRequest, form: NewForm) -> HttpResponse:
    search = searched(request)
    prompts = queries.matching(search)
    page = cut(prompts, queries.ORDER, request.GET)
    shown = {
        "rows": queries.rows_of(page.rows), "page": page, "total": prompts.count(), "search": search, "form": form,
        "latest": latest("prompt/"),
    }  # fmt: skip
    return render(request, part(request, "prompts/index.html", "prompts/_list.html"), shown, status=status_of(form))


@require_GET
@customer_page()
def index(request: CustomerRequest) -> HttpResponse:
    """Show every prompt, with a player, where it is used, and a form for another."""
    return _list(request, NewForm())


@require_POST
@customer_page()
def new(request: CustomerRequest) -> HttpResponse:
    """Make a prompt from a file."""
    form = NewForm(request.POST, request.FILES)
    if form.is_valid():
        made = tried(form, lambda: _make(request, form))
        if made:
            _warn(request, form)
            return saved(request, _("Röstprompten är sparad"), _at(request, made))
    _say_too_large(request, form)
    return _list(request, form)


def _make(request: CustomerRequest, form: NewForm) -> Prompt:
    typed = form.cleaned_data
    return actions.make_with_take(
        customer_id=request.customer.pk, by=request.user, name=typed["name"], manuscript=typed["manuscript"],
        sound=_converted(request, form), source_name=typed["file"].name or "",
    )  # fmt: skip


def _converted(request: CustomerRequest, form: TakeForm) -> Converted:
    """Return the sound of a valid form, made with no transaction open.

    :raises SoundRefused: if the file can't be a prompt.
    """
    return aside(request, lambda: convert(form.cleaned_data["file"].read()))


def _say_too_large(request: CustomerRequest, form: forms.Form) -> None:
    """Say why there is no file, where we stopped reading one."""
    if is_too_large(request):
        form.errors["file"] = form.error_class([str(TooLarge.message)])


def _warn(request: CustomerRequest, form: TakeForm) -> None:
    if _converted(request, form).clipped:
        messages.warning(
            request, _("Inspelningen är så stark att den sprakar. Spela gärna in den igen, lite längre ifrån.")
        )


def _detail(
    request: CustomerRequest, prompt: Prompt, *, take_form: TakeForm | None = None, form: ChangeForm | None = None
) -> HttpResponse:
    shown = {
        "prompt": prompt, "takes": queries.takes_of(prompt), "used_by": queries.used_by([prompt.pk]).get(prompt.pk, ()),
        "form": form or ChangeForm.of(prompt), "take_form": take_form or TakeForm(),
        "latest": latest(f"prompt/{prompt.pk}"),
    }  # fmt: skip
    return render(request, "prompts/show.html", shown, status=422 if take_form or form else 200)


@require_http_methods(["GET", "POST"])
@customer_page()
def show(request: CustomerRequest, ident: int) -> HttpResponse:
    """Show a prompt with its takes; by POST change its name and manuscript."""
    prompt = find(ident)
    if request.method == "GET":
        return _detail(request, prompt)
    form = ChangeForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        if tried(form, lambda: actions.change(prompt=prompt, by=request.user, **typed)):
            return saved(request, _("Sparat"), _at(request, prompt))
    return _detail(request, prompt, form=form)


@require_POST
@customer_page()
def record(request: CustomerRequest, ident: int) -> HttpResponse:
    """Add a take and let it be heard."""
    prompt, form = find(ident), TakeForm(request.POST, request.FILES)
    if form.is_valid():
        name, who = form.cleaned_data["file"].name or "", request.user
        done = tried(
            form,
            lambda: actions.add_take(prompt=prompt, by=who, sound=_converted(request, form), source_name=name),
        )
        if done:
            _warn(request, form)
            return saved(request, _("Den nya inspelningen hörs från nästa samtal"), _at(request, prompt))
    _say_too_large(request, form)
    return _detail(request, prompt, take_form=form)


@require_POST
@customer_page()
def choose(request: CustomerRequest, ident: int, take: int) -> HttpResponse:
    """Let another take be heard."""
    prompt = find(ident)
    found = get_object_or_404(Take, pk=take, prompt=prompt)
    actions.choose_take(prompt=prompt, take=found, by=request.user)
    return saved(request, _("Inspelningen hörs från nästa samtal"), _at(request, prompt))


@require_POST
@customer_page()
def remove_take(request: CustomerRequest, ident: int, take: int) -> HttpResponse:
    """Delete a take that is not heard."""
    prompt = find(ident)
    found = get_object_or_404(Take, pk=take, prompt=prompt)
    if told(request, lambda: actions.remove_take(take=found)):
        messages.success(request, _("Inspelningen är borttagen"))
    return redirect(_at(request, prompt))


@require_POST
@customer_page()
def remove(request: CustomerRequest, ident: int) -> HttpResponse:
    """Delete a prompt that nothing plays."""
    prompt = find(ident)
    home, back = reverse("prompts:index", args=(request.customer.slug,)), _at(request, prompt)
    kept = removed(request, lambda seen: actions.remove(prompt=prompt, by=request.user, version=seen), back)
    return kept or saved(request, _("Röstprompten är borttagen"), home)


@require_GET
@customer_page()
def audio(request: CustomerRequest, ident: int, take: int) -> HttpResponse:
    """Return what is heard in a take."""
    found = Take.objects.select_related("wide").filter(pk=take, prompt_id=ident).first()
    if found is None:
        raise Http404
    return responses.play(found.wide)
