"""批量办理 as a page: one form for the ticked cases of a list, then how it went; what was refused stays ticked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.desk.dialogs import back_of
from complaints.desk.forms import Control, controls, given, typed
from complaints.desk.listing import as_reference
from complaints.desk.rows import Row, as_rows, listed
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.desk.suggesting import suggest
from complaints.dossier import Dossier
from complaints.models import BatchRow, Case
from complaints.services.bulk import MOST, Ticked, in_bulk, verbs_in_bulk
from complaints.verbs import VERBS, Verb
from organization.refusals import record_refusal, refused
from sqm_site.errors import Forbidden, Invalid
from sqm_site.fields import number

TITLE = gettext_lazy("Several cases at once")
FORBIDDEN = {kind.code for kind in (Forbidden, *Forbidden.__subclasses__())}


@require_http_methods(["GET", "POST"])
@desk_page
def bulk_page(request: StaffRequest) -> HttpResponse:
    """Sent by a list: the form. Sent by the form, with its key: how it went, however often it is sent."""
    back = back_of(request) or reverse("desk:cases")
    if request.method == "GET":
        return redirect(back)
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is not None and verb not in verbs_in_bulk(request.user):
        raise PermissionDenied
    ticked = ticked_in(request)
    if verb is None or not ticked or len(ticked) > MOST:
        return page(request, verb, ticked[:MOST], refusal=said(verb, ticked), status=400)
    key = key_of(request)
    return page(request, verb, ticked) if key is None else used(request, verb, ticked, key)


def used(request: StaffRequest, verb: Verb, ticked: list[Ticked], key: UUID) -> HttpResponse:
    try:
        read = verb.form.read(given(verb.form, request.POST))
        done = in_bulk(verb, ticked, actor=request.user, given=read, key=key, at=timezone.now())
    except ValidationError as error:
        return page(request, verb, ticked, errors=dict(error.detail), status=400)  # type: ignore[arg-type]
    except Invalid as error:
        return page(request, verb, ticked, errors=dict(error.fields), status=400)
    for row in done:
        if row.outcome in FORBIDDEN:
            refused(request, f"case:{row.reference}", verb=verb.name, code=row.outcome)
            record_refusal(request, request.user, at=timezone.now())
    left = [Ticked(row.reference) for row in done if row.refusal]
    return page(request, verb, left, outcomes=done)


def said(verb: Verb | None, ticked: Sequence[Ticked]) -> str:
    if verb is None:
        return _("Choose what is to be done with the ticked cases.")
    return _("Untick some: at most {count} in one act.").format(count=MOST) if ticked else _("Tick the cases first.")


def ticked_in(request: StaffRequest) -> list[Ticked]:
    """Each case once, as `reference:version`; what is no reference is none."""
    found: dict[str, Ticked] = {}
    for one in request.POST.getlist("case"):
        reference, _colon, version = one.partition(":")
        if spelled := as_reference(reference):
            found.setdefault(spelled, Ticked(spelled, number(version)))
    return [*found.values()]


def key_of(request: StaffRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def page(
    request: StaffRequest,
    verb: Verb | None,
    ticked: Sequence[Ticked],
    *,
    errors: Any = None,
    refusal: str = "",
    status: int = 200,
    outcomes: Sequence[BatchRow] | None = None,
) -> HttpResponse:
    """The rows that are there for the reader, all ticked, below the form of the verb with what was typed."""
    rows, versions = rows_of(request, ticked), {one.reference: one.version for one in ticked}
    if ticked and not rows and not outcomes:
        refusal = refusal or _("None of the ticked cases is in your area any more.")
    again = outcomes is not None
    key = str(uuid4()) if again else request.POST.get("key") or str(uuid4())
    fields = fields_of(request, verb, rows, errors) if verb and rows else []
    strays = [
        str(word)
        for name, words in (errors or {}).items()
        if name not in {one.name for one in fields}
        for word in words
    ]
    return framed(
        request,
        "desk/bulk.html",
        title=verb.label if verb else TITLE,
        status=status,
        verb=verb,
        verbs=verbs_in_bulk(request.user),
        key=key,
        back=back_of(request) or reverse("desk:cases"),
        controls=fields,
        refusal=refusal or " ".join(strays),
        rows=[(row, row.case.version if again else versions[row.case.reference]) for row in rows],
        done=[one for one in outcomes or () if not one.refusal],
        left=[one for one in outcomes or () if one.refusal],
        outcomes=outcomes,
    )


def rows_of(request: StaffRequest, ticked: Sequence[Ticked]) -> list[Row]:
    """In the order in which they were ticked."""
    wanted = [one.reference for one in ticked]
    found = {
        case.reference: case for case in listed(Case.objects.visible_to(request.user)).filter(reference__in=wanted)
    }
    return as_rows([found[one] for one in wanted if one in found], timezone.now())


def fields_of(request: StaffRequest, verb: Verb, rows: Sequence[Row], errors: Any) -> list[Control]:
    """Of the form with which any of them is done; what it offers, it offers by the first of them."""
    case = Case.objects.select_related("handling_unit", "legal_entity", "customer").get(pk=rows[0].case.pk)
    dossier, begin = Dossier(case, reader=request.user), typed(request.POST) if "key" in request.POST else {}
    made = controls(verb.form, begin, errors, verb.form.options(dossier))
    return suggest([one for one in made if one.name in verb.form.asked(dossier)], case, request.user)
