"""请假与代班: who is away, will be and was, what lies with them meanwhile, and the form that says so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import ValidationError

from complaints.desk.forms import controls, given, typed
from complaints.desk.ledgers import chosen, ledger
from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, desk_page
from complaints.desk.team import roles_in_scope
from complaints.fields import PersonName
from complaints.services.loads import Lying, lying_with
from organization.models import Absence, User
from organization.rights import rights_of
from organization.services import end_absence, may_end, record_absence, recordable
from sqm_site.errors import Invalid
from sqm_site.fields import AwareDateTime, Input

NOW, COMING, PAST = "now", "coming", "past"
WHICH = (
    (NOW, pgettext_lazy("absences", "Away now")),
    (COMING, pgettext_lazy("absences", "Coming")),
    (PAST, pgettext_lazy("absences", "Past")),
)


class Away(Input):
    person = PersonName(label=gettext_lazy("Person"), required=True, allow_blank=False)
    since = AwareDateTime(label=gettext_lazy("Away from"))
    until = AwareDateTime(label=gettext_lazy("Back at"))
    substitute = PersonName(label=gettext_lazy("Stands in"))


class NextBegins:
    orderings = ("since",)


class LastBegan:
    orderings = ("-since",)


@dataclass(frozen=True)
class Line:
    """One absence. lying: what the person has in hand that the reader may give to somebody else"""

    absence: Absence
    may_end: bool
    lying: Lying


@dataclass(frozen=True)
class Refused:
    status: int = 200
    words: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
@desk_page
def absence_page(request: StaffRequest) -> HttpResponse:
    if request.method == "GET":
        return page(request, Refused())
    if not rights_of(request.user).has("record_absence"):
        raise PermissionDenied
    try:
        absence = put_down(request.user, Away.read(given(Away, request.POST)))
    except ValidationError as error:
        return page(request, Refused(400, typed(request.POST), dict(error.detail)))  # type: ignore[arg-type]
    except Invalid as error:
        return page(request, Refused(400, typed(request.POST), dict(error.fields)))
    messages.success(request, _("{person} is down as absent.").format(person=absence.user))
    return redirect("desk:absences")


def put_down(by: User, told: dict[str, Any]) -> Absence:
    """Raises Invalid, naming the field that does not fit."""
    person = recordable(by).filter(username=told["person"]).first()
    if person is None:
        raise Invalid({"person": [_("Choose somebody of your team, or who works below you.")]})
    name = told.get("substitute", "")
    substitute = User.objects.filter(legal_entity_id=by.legal_entity_id, username=name).first() if name else None
    if name and substitute is None:
        raise Invalid({"substitute": [_("There is no active person with this user name.")]})
    times = {"since": told["since"], "until": told["until"]}
    return record_absence(person, **times, substitute=substitute, actor=by, at=timezone.now())


def page(request: StaffRequest, refused: Refused) -> HttpResponse:
    which, at = chosen(request, WHICH), timezone.now()
    rows = within_reach(request.user)
    shown = {NOW: rows.holding(at), COMING: rows.coming(at), PAST: rows.over(at)}[which]
    pages = PagesForPeople()
    absences = pages.page(shown, request, NextBegins() if which == COMING else LastBegan())
    lines = lines_of(absences, request.user, open_still=which != PAST)
    form = controls(Away, refused.words, refused.errors) if rights_of(request.user).has("record_absence") else []
    return ledger(
        request,
        "absences",
        {"lines": lines, "more": pages.next},
        title=_("Absences"),
        choices=WHICH,
        status=refused.status,
        controls=form,
        refused=bool(refused.errors),
    )


def within_reach(user: User) -> Any:
    """Those of whom the reader sees the cases, and their own."""
    theirs = Q(user__in=roles_in_scope(user).values("user")) | Q(user=user)
    rows: QuerySet[Absence] = Absence.objects.filter(theirs, legal_entity_id=user.legal_entity_id)
    return rows.select_related("user", "substitute", "recorded_by", "ended_by")


def lines_of(absences: Iterable[Absence], user: User, *, open_still: bool) -> list[Line]:
    """Two statements for all of them; none for those that are over."""
    people = {absence.user_id for absence in absences} if open_still else set()
    endable = {user.pk, *recordable(user).filter(pk__in=people).values_list("pk", flat=True)} if people else set()
    lying = lying_with(people, within=rights_of(user).reach("assign")) if people else {}
    return [Line(one, one.user_id in endable, lying.get(one.user_id, Lying())) for one in absences]


@require_POST
@desk_page
def end_early(request: StaffRequest, key: int) -> HttpResponse:
    absence = within_reach(request.user).filter(pk=key).first()
    if absence is None:
        raise Http404(_("There is no such absence in your area."))
    if not may_end(absence, request.user):
        raise PermissionDenied
    if end_absence(absence, actor=request.user, at=timezone.now()):
        messages.success(request, _("{person} is back.").format(person=absence.user))
    else:
        messages.info(request, _("It was over already."))
    return redirect("desk:absences")
