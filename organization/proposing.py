"""Tables whose changes wait for a second person: what was entered is tried, undone and put down as a proposal.

Trying it is saving it: the form, the inlines and the database have their say, and what changed is read off the rows.
Granting it saves the same form again, in the name of who asked, and only if the rows are as they were.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.forms import BaseForm, MultiWidget
from django.forms.formsets import all_valid
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from organization.errors import ChangedSince, NoLongerValid, NoLongerYours
from organization.models import Proposal, User
from organization.recording import difference, differences, picture, pictures
from organization.services import Change, ask, grant_proposal
from security.chain import canonical, plain
from security.services import record
from sqm_site.adminui import Configuration
from sqm_site.errors import DomainError

WHY = "proposal_reason"  # the reason, beside the fields of the form


class SecondPersonNeeded(Exception):
    """Ends the saving of a form, and with it undoes it."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.title)
        self.change = change


class Proposing(Configuration):
    """A table people set up, with a record of every change, and changes that another person decides.

    always_second  whether every change waits for a second person
    asks_why       said beside the field for the reason; empty: the page does not ask for one
    """

    always_second = False
    asks_why: Any = ""
    change_form_after_template = "organization/why.html"

    def needs_second(self, row: Any, details: dict[str, Any]) -> bool:
        """Whether this change waits for a second person. row: as it would be saved; details: what changes."""
        return self.always_second

    def concerns(self, row: Any) -> User | None:
        """The person whose rights a row of this table gives or takes."""
        return None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except SecondPersonNeeded as needed:
            return self.propose(request, needed.change)

    def propose(self, request: HttpRequest, change: Change) -> HttpResponse:
        reason = " ".join(request.POST.get(WHY, "").split())
        try:
            proposal = ask(change, actor=cast(User, request.user), at=timezone.now(), reason=reason)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())
        page = reverse("admin:organization_proposal_change", args=[proposal.pk])
        said = _("Not saved yet: another administrator decides it. It waits as {link}.")
        messages.warning(request, format_html(said, link=format_html('<a href="{}">{}</a>', page, proposal)))
        return redirect(page)

    # --- saving, for good or to see what would change ---------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.was = picture(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = hanging(formsets, form.instance)
        super().save_related(request, form, formsets, change)
        details: dict[str, Any] = difference(form.was, picture(form.instance))
        for one, was, now in zip(formsets, before, hanging(formsets, form.instance), strict=True):
            if changed := differences(was, now):
                details.setdefault("rows", {})[one.model._meta.model_name] = changed
        if not details:
            return
        details = {"added": not change, **details}
        granted: Proposal | None = getattr(request, "granted", None)
        if granted is None and self.needs_second(form.instance, details):
            raise SecondPersonNeeded(self.entered(request, form, formsets, details, before))
        self.record(request, form.instance, details)

    def entered(self, request: HttpRequest, form: Any, formsets: Any, details: Any, before: Any) -> Change:
        row, concerned = form.instance, self.concerns(form.instance)
        return Change(
            model=row._meta.label_lower,
            row=row.pk if form.was else None,
            title=str(row),
            concerns=concerned if form.was or concerned is not row else None,  # a new person is not there yet
            posted={name: request.POST.getlist(name) for name in names_of(form, formsets) if name in request.POST},
            details=undone(details),
            before=digest(form, form.was, before),
        )

    def record(self, request: HttpRequest, row: Model, details: dict[str, Any]) -> None:
        """On record with who entered it, and with who granted it where that was asked for."""
        granted: Proposal | None = getattr(request, "granted", None)
        subject, actor, reason = f"{row._meta.model_name}:{row.pk}", cast(User, request.user), ""
        if granted is not None:
            people = {"proposal": granted.pk, "asked_by": granted.asked_by_id, "granted_by": granted.decided_by_id}
            details, reason = {**details, **people}, granted.reason
            actor = cast(User, granted.decided_by)
        record("configure", actor=actor, subject=subject, at=timezone.now(), reason=reason, details=details)

    # --- granting -----------------------------------------------------------------------------------------

    def write(self, proposal: Proposal) -> None:
        """Save the form of a proposal. Raises NoLongerYours, ChangedSince, NoLongerValid."""
        request = request_of(proposal)
        row = self.row_of(request, proposal)
        form = self.get_form(request, row, change=row is not None)(request.POST, request.FILES, instance=row)
        valid = form.is_valid()
        instance = self.save_form(request, form, change=row is not None) if valid else form.instance
        formsets, _inlines = self._create_formsets(request, instance, change=row is not None)  # type: ignore[attr-defined]
        if row is not None and digest(form, picture(row), hanging(formsets, row)) != proposal.before:
            raise ChangedSince()
        if not (all_valid(formsets) and valid):
            raise NoLongerValid(why=" ".join(faults(form, formsets)))
        try:
            with transaction.atomic():
                self.save_model(request, instance, form, row is not None)
                self.save_related(request, form, formsets, row is not None)
        except IntegrityError as error:
            raise NoLongerValid(why=self.refusal(error)) from error

    def row_of(self, request: HttpRequest, proposal: Proposal) -> Any:
        """The row that a proposal changes, locked; None for a new one. Raises NoLongerYours."""
        if proposal.row is None:
            allowed, row = self.has_add_permission(request), None
        else:
            row = self.get_queryset(request).select_for_update(of=("self",)).filter(pk=proposal.row).first()
            allowed = row is not None and self.has_change_permission(request, row)
        if not allowed:
            raise NoLongerYours()
        return row

    def refusal(self, error: IntegrityError) -> str:
        """What the page says when the database refuses."""
        return _("Not saved: another row says the same, or a rule of the institution forbids it. Change it first.")


def grant(pk: int, *, actor: User, at: datetime, site: AdminSite) -> Proposal:
    """Grant a proposal: its table writes it. Raises what `grant_proposal` and `Proposing.write` raise."""

    def write(proposal: Proposal) -> None:
        table = next((one for model, one in site._registry.items() if model._meta.label_lower == proposal.model), None)
        if not isinstance(table, Proposing):  # a later version of the program has no such table
            raise NoLongerYours()
        table.write(proposal)

    return grant_proposal(pk, actor=actor, at=at, write=write)


def request_of(proposal: Proposal) -> HttpRequest:
    """The request that would send the form of a proposal, by who asked for it."""
    request = HttpRequest()
    request.method = "POST"
    request.user = User.objects.get(pk=proposal.asked_by_id)  # with the rights of today
    posted = QueryDict(mutable=True)
    for name, values in proposal.posted.items():
        posted.setlist(name, values)
    request.POST = posted  # type: ignore[assignment]
    request.granted = proposal  # type: ignore[attr-defined]
    return request


def undone(details: dict[str, Any]) -> dict[str, Any]:
    """What changes, without the keys that new rows had for a moment."""
    rows = {
        name: [one if one["was"] else {"id": None, "was": {}, "now": nameless(one["now"])} for one in changed]
        for name, changed in details.get("rows", {}).items()
    }
    now = {"now": nameless(details["now"])} if details["added"] else {}
    return {**details, **now, **({"rows": rows} if rows else {})}


def nameless(now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if name != "id"}


def names_of(form: Any, formsets: Iterable[Any]) -> Iterator[str]:
    """What the forms of a page read; nothing else that was posted is kept."""
    for one in formsets:
        yield from names_in(one.management_form)
        for each in one.forms:
            yield from names_in(each)
    yield from names_in(form)


def names_in(form: BaseForm) -> Iterator[str]:
    for name, field in form.fields.items():
        key = form.add_prefix(name)
        yield key
        if isinstance(field.widget, MultiWidget):
            yield from (f"{key}_{number}" for number in range(len(field.widget.widgets)))


def hanging(formsets: Iterable[Any], row: Model) -> list[dict[Any, dict[str, Any]]]:
    """The rows of the inlines of a row, as the database has them now."""
    return [pictures(one.model._default_manager.filter(**{one.fk.name: row})) for one in formsets]


def digest(form: Any, was: dict[str, Any], rows: list[Any]) -> str:
    """What a page showed of a row: the fields that its form would write over, and all of its inlines."""
    shown = {name: value for name, value in was.items() if name in form.fields}
    told = plain({"row": shown, "rows": [{str(pk): one for pk, one in each.items()} for each in rows]})
    return hashlib.sha256(canonical(told)).hexdigest()


def faults(form: Any, formsets: Iterable[Any]) -> list[str]:
    """What is wrong, without a sentence twice."""
    by_field = [form.errors, *(errors for each in formsets for errors in each.errors)]
    told = [one for errors in by_field for one in errors.values()] + [each.non_form_errors() for each in formsets]
    return [*dict.fromkeys(str(error) for one in told for error in one)]
