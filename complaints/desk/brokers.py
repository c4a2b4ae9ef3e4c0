"""代理维权线索 as pages: the clues on the cases of the reader, and those of one case with the form for one more."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework.exceptions import ValidationError

from complaints.desk.casepage import reached
from complaints.desk.forms import controls, given, typed
from complaints.desk.ledgers import OfCase, chosen, ledger
from complaints.desk.rows import PagesForPeople
from complaints.desk.shell import StaffRequest, framed, may_see_clues, page_for
from complaints.errors import ClueOver, ClueThere
from complaints.fields import Form, prose
from complaints.models import BrokerClue
from complaints.services import brokers
from organization.models import User
from organization.refusals import refused
from organization.rights import rights_of
from security.reads import opened
from sqm_site.errors import Forbidden
from sqm_site.fields import StrictBoolean, StrictChoice

OPEN, CONFIRMED, OVER = "open", "confirmed", "over"
WHICH = (
    (OPEN, pgettext_lazy("clues", "To be decided")),
    (CONFIRMED, pgettext_lazy("clues", "Confirmed")),
    (OVER, pgettext_lazy("clues", "Dropped or lapsed")),
)
TONES = {BrokerClue.Status.SUSPECTED.value: "warn", BrokerClue.Status.CONFIRMED.value: "bad"}
RELATED = ("case__handling_unit", "by", "decided_by")


class Suspicion(Form):
    indicator = StrictChoice(BrokerClue.Indicator.choices, label=gettext_lazy("What points to it"))
    basis = prose(gettext_lazy("What was seen, with its evidence"), max_length=1000)


class Decision(Form):
    confirm = StrictBoolean(label=gettext_lazy("It is confirmed"))
    grounds = prose(gettext_lazy("Grounds"), max_length=1000)


class NewestFirst:
    orderings = ("-at",)


@dataclass(frozen=True)
class Line(OfCase):
    clue: BrokerClue
    case: Any
    today: date
    may_decide: bool

    @property
    def kind(self) -> Any:
        return BrokerClue.Indicator(self.clue.indicator).label

    @property
    def status(self) -> Any:
        return self.clue.status_on(self.today)

    @property
    def tone(self) -> str:
        return TONES.get(self.clue.status, "") if self.clue.stands_on(self.today) else ""


@require_GET
@page_for(may_see_clues)
def clue_list(request: StaffRequest) -> HttpResponse:
    which, today = chosen(request, WHICH), timezone.localdate()
    pages = PagesForPeople()
    rows = pages.page(of_kind(brokers.clues_for(request.user), which, today), request, NewestFirst())
    shown: dict[str, Any] = {"lines": lines(rows, request.user), "more": pages.next}
    return ledger(request, "clues", shown, title=_("Clues of unlawful brokers"), choices=WHICH)


def of_kind(rows: QuerySet[BrokerClue], which: str, today: date) -> QuerySet[BrokerClue]:
    rows = rows.select_related(*RELATED)
    standing, status = rows.filter(expires_on__gte=today), BrokerClue.Status
    if which == OPEN:
        return standing.filter(status=status.SUSPECTED)
    if which == CONFIRMED:
        return standing.filter(status=status.CONFIRMED)
    return rows.filter(status=status.DROPPED) | rows.filter(expires_on__lt=today)


def lines(rows: Any, user: User) -> list[Line]:
    today, rights = timezone.localdate(), rights_of(user)
    return [
        Line(row, row.case, today, row.by_id != user.pk and rights.allows(brokers.DECIDES, row.case)) for row in rows
    ]


@require_http_methods(["GET", "POST"])
@page_for(may_see_clues)
def clues_page(request: StaffRequest, reference: str) -> HttpResponse:
    """Those of one case, and what we hold that points to it; sent, one more is written down."""
    case = reached(request, reference)
    if not brokers.may(request.user, case):
        refused(request, f"case:{case.reference}", code=Forbidden.code)
        raise PermissionDenied
    at, errors, refusal, status = timezone.now(), {}, "", 200
    opened(f"case:{case.reference}", actor=request.user, at=at)
    if request.method == "POST":
        try:
            brokers.suspect(case, by=request.user, at=at, **Suspicion.read(given(Suspicion, request.POST)))
        except ValidationError as error:
            errors, status = dict(error.detail), 400  # type: ignore[arg-type]
        except ClueThere as error:
            refusal, status = str(error), error.status_code
        except Forbidden as error:
            raise PermissionDenied from error
        else:
            messages.success(
                request, _("It is written down. Another person decides on it; the case goes on as it was.")
            )
            return redirect(request.path)
    rows = brokers.clues_for(request.user).filter(case=case).select_related(*RELATED).order_by("-at", "-pk")
    return framed(
        request,
        "desk/clues_of_case.html",
        status=status,
        title=_("Clues of unlawful brokers: {case}").format(case=case.reference),
        case=case,
        lines=lines(rows, request.user),
        signs=[*brokers.signs_on(case, at=at)],
        controls=controls(Suspicion, typed(request.POST), errors),
        may_suspect=rights_of(request.user).allows(brokers.SUSPECTS, case),
        decision=controls(Decision, {}),
        refusal=refusal,
    )


@require_POST
@page_for(may_see_clues)
def decide(request: StaffRequest, key: int) -> HttpResponse:
    clue = brokers.clues_for(request.user).filter(pk=key).select_related("case").first()
    if clue is None:
        raise Http404(_("There is no such clue."))
    try:
        read = Decision.read(given(Decision, request.POST))
        brokers.decide(clue, by=request.user, at=timezone.now(), **read)
    except ValidationError:
        messages.error(request, _("Say whether it is confirmed, and on what grounds."))
    except ClueOver as error:
        messages.error(request, str(error))
    except Forbidden as error:
        refused(request, f"case:{clue.case.reference}", code=error.code)
        raise PermissionDenied from error
    else:
        messages.success(request, _("It is decided."))
    return redirect("desk:clues-of-case", clue.case.reference)
