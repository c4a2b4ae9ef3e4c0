"""我的待办: where a handler lands. My open cases by next deadline, what waits to be taken, what waits for my check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_GET, require_POST

from complaints.desk.counted import LATE, TASKS, UNREAD, counted
from complaints.desk.counting import Rows, counted_words
from complaints.desk.escalations import with_plans
from complaints.desk.forms import typed
from complaints.desk.handing import fields, offer_in
from complaints.desk.rows import CaseKeys, CasePages, Row, WroteFirst, as_rows, listed, of_one_unit
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.desk.watching import as_watch_rows, watched
from complaints.errors import NothingToTake
from complaints.models import PAUSED, Approval, Case, CaseEvent, Clock, GroupSign, Level, Round, SpotCheck, State
from complaints.services.bulk import verbs_in_bulk
from complaints.services.countersigning import held_up
from complaints.services.handing import dispatch, undispatched
from complaints.services.pressing import awaiting_plan
from complaints.services.routes import reach, words_of
from complaints.services.taking import queues, take_next, waiting_for
from complaints.verb import ANSWERED_FOR_IT, working
from complaints.verbs import deciding
from complaints.verbs.ownership import Assign
from organization.models import Role, User
from organization.rights import rights_of
from organization.scope import area, holds_all, wall
from organization.services.mates import beside

# They have cases of their own to begin with; everybody else begins with what is overdue.
HAVE_CASES = {Role.HANDLER, Role.TEAM_LEAD, Role.DISPATCHER}


@dataclass(frozen=True)
class Tab:
    """One view of the queue.

    verb     the right that makes it useful to somebody
    watches  it is read by whoever answers for others: which clock presses and why, with what to do about it
    gives    its rows are ticked and given to somebody in one act
    takes    each row can be taken from the list
    """

    key: str
    label: Any
    verb: str
    rows: Rows
    counted: bool = True
    watches: bool = False
    gives: bool = False
    takes: bool = False


def mine(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.filter(wall(user), owner=user).owing()


def offered(user: User, at: datetime) -> QuerySet[Case]:
    """What the user signs for or sends back; what others leave unsigned in the user's units stands under `unsigned`."""
    return Case.objects.filter(rights_of(user).reach("accept")).open()


def team(user: User, at: datetime) -> QuerySet[Case]:
    """What take_next chooses from."""
    return waiting_for(user)


def to_dispatch(user: User, at: datetime) -> QuerySet[Case]:
    return undispatched(user)


def to_check(user: User, at: datetime) -> QuerySet[Case]:
    """The drafted decisions that the user may check, by the rule of the verb itself."""
    rights = rights_of(user)
    weighty = ~Q(level=Level.ORDINARY) & ~rights.reach("approve_decision", deciding.LEADS)
    reached = Case.objects.filter(rights.reach("approve_decision"), state=State.PENDING_APPROVAL)
    reached = reached.exclude(held_up(at, overruled_by=rights.reach("approve_decision", deciding.OVERRULING)))
    return reached.exclude(weighty).exclude(did(user, working()))


def did(user: User, verbs: set[str]) -> Exists:
    """The condition on cases of having ever done one of these."""
    return Exists(CaseEvent.objects.filter(case=OuterRef("pk"), actor=user, verb__in=verbs))


def without_part(user: User, cases: QuerySet[Case]) -> QuerySet[Case]:
    """Those in which the user took no part, as `complaints.verb.participants` has it."""
    return cases.exclude(owner=user).exclude(offered_to=user).exclude(did(user, working() | ANSWERED_FOR_IT))


def to_approve(user: User, at: datetime) -> QuerySet[Case]:
    """What waits for the user's decision; of a route, by whoever stands on it without a part in the case.

    Each part begins with the few approvals that are open: by an OR over the parts every open case would be looked at.
    """
    asked = Approval.objects.filter(status=Approval.Status.ASKED, expires_at__gte=at).exclude(asked_by=user)
    anybody = Case.objects.filter(
        rights_of(user).reach("decide_approval"), pk__in=asked.filter(route=[]).values("case")
    )
    routed = (
        Case.objects.filter(reach(user, word), pk__in=asked.filter(route__contains=[word]).values("case"))
        for word in words_of(user)
    )
    parts = (without_part(user, cases).values("pk") for cases in routed)
    return Case.objects.filter(pk__in=anybody.values("pk").union(*parts, all=True))


def in_sample(user: User, at: datetime) -> QuerySet[Case]:
    """Drawn and not checked yet, told by nobody of the user's team, and without a part of the user in it."""
    mates = beside(user).values("user_id")
    of_others = SpotCheck.objects.filter(result="").exclude(settler=user).exclude(settler__in=mates)
    cases = Case.objects.filter(rights_of(user).reach("check_spot"), pk__in=of_others.values("case"))
    return without_part(user, cases.exclude(state=State.MERGED))


def group_signs(user: User, at: datetime) -> QuerySet[Case]:
    """群体性投诉: what several complain of, and nobody has gathered or dismissed yet."""
    found = GroupSign.objects.filter(status=GroupSign.Status.FOUND)
    return Case.objects.filter(rights_of(user).reach("dismiss_sign"), pk__in=found.values("case"))


def escalated(user: User, at: datetime) -> QuerySet[Case]:
    """What waits for the reader's plan."""
    return Case.objects.filter(rights_of(user).reach("acknowledge_escalation"), awaiting_plan(user)).open()


def unsigned(user: User, at: datetime) -> QuerySet[Case]:
    """超时未签收: in the reader's area, or offered into it, and past the hour of signing; of no case that is over.

    Whatever is due at all is due by then, so the index by the next deadline is read up to now.
    """
    late = Clock.objects.filter(case=OuterRef("pk"), kind="sign_off", stopped_at=None, paused_at=None, due_at__lt=at)
    ours = area(user)
    if not holds_all(user):  # else there is nothing outside to be offered from
        ours |= Q(offered_to=user) | Q(offered_unit__isnull=False) & area(user, unit="offered_unit_id")
    return Case.objects.filter(wall(user) & ours, Exists(late), next_due_at__lt=at)


def waiting(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.filter(wall(user), owner=user, state__in=PAUSED)


def followed(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.visible_to(user).exclude(watchers=[]).filter(watchers__contains=[user.pk]).open()


def overdue(user: User, at: datetime) -> QuerySet[Case]:
    """Of a handler their own; of whoever answers for others theirs, too, and whatever runs of closed ones."""
    rows = mine(user, at) if rights_of(user).roles == {Role.HANDLER} else Case.objects.visible_to(user)
    return rows.filter(next_due_at__lt=at)


def everything(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.visible_to(user).open()


TABS = (
    Tab("mine", pgettext("queue", "Mine"), "start", mine),
    Tab("offered", pgettext("queue", "To sign for"), "accept", offered),
    Tab("dispatch", pgettext("queue", "To dispatch"), "assign", to_dispatch, gives=True),
    Tab("team", pgettext("queue", "Team queue"), "take_next", team, takes=True),
    Tab("check", pgettext("queue", "To check"), "approve_decision", to_check),
    Tab("approve", pgettext("queue", "To approve"), "decide_approval", to_approve),
    Tab("sample", pgettext("queue", "To spot-check"), "check_spot", in_sample),
    Tab("groups", pgettext("queue", "Group signs"), "dismiss_sign", group_signs),
    Tab("escalated", pgettext("queue", "Escalated to me"), "acknowledge_escalation", escalated, watches=True),
    Tab("unsigned", pgettext("queue", "Unsigned past the hour"), "view_sla_report", unsigned, watches=True),
    Tab("waiting", pgettext("queue", "Waiting"), "start", waiting),
    Tab("watched", pgettext("queue", "Followed"), "watch", followed),
    Tab("overdue", pgettext("queue", "Overdue"), "view", overdue, watches=True),
    Tab("all", pgettext("queue", "All open"), "view", everything, counted=False),
)


class Order:
    """The next deadline first."""

    orderings = ("next_due_at",)


@require_GET
@desk_page
def queue_page(request: StaffRequest) -> HttpResponse:
    return show(request, request.GET.get("tab", ""))


@require_POST
@desk_page
def give(request: StaffRequest) -> HttpResponse:
    """批量分派: the ticked cases are offered to somebody, each for itself; the page says how it went with each."""
    if not rights_of(request.user).has("assign"):
        raise PermissionDenied
    asked = offer_in(request, Assign)
    refusal = asked.refusal or ("" if asked.ticked or asked.errors else _("Tick the cases that are to be assigned."))
    if refusal or asked.errors:
        again = {"ticked": request.POST.getlist("case"), "errors": asked.errors, "refusal": refusal}
        return show(request, "dispatch", status=400, begin=typed(request.POST), **again)
    done = dispatch(lead=request.user, given=asked.given, at=timezone.now(), chosen=asked.ticked)
    return show(request, "dispatch", outcomes=done)


def show(request: StaffRequest, wanted: str, *, status: int = 200, **given: Any) -> HttpResponse:
    """The queue at one of its tabs; `given`: what became of what was ticked there."""
    at, user = timezone.now(), request.user
    tabs = [tab for tab in TABS if rights_of(user).has(tab.verb)]
    wanted = wanted or ("mine" if HAVE_CASES & rights_of(user).roles else "overdue")
    chosen = next((tab for tab in tabs if tab.key == wanted), tabs[0])
    shown = page_of(request, chosen, at) | given
    if is_htmx(request):
        return fragment(request, "desk/_watch_rows.html" if chosen.watches else "desk/_rows.html", **shown)
    shown |= beside_the_rows(chosen, shown, user, at)
    counts = counted({tab.key: tab.rows for tab in tabs if tab.counted}, user, at)
    return framed(
        request,
        "desk/queue.html",
        title=pgettext("navigation", "My queue"),
        status=status,
        tabs=[(tab, counted_words(counts[tab.key]) if tab.counted else "") for tab in tabs],
        unread=counted_words(counts[UNREAD]),
        late_entries=counted_words(counts[LATE]),
        tasks=counted_words(counts[TASKS]),
        can_register=rights_of(user).has("take_in"),
        can_take=rights_of(user).has("take_next"),
        **shown,
    )


def page_of(request: StaffRequest, tab: Tab, at: datetime) -> dict[str, Any]:
    """One page of a tab, and where the next one is; after an act it is asked for at the address of the list."""
    own = tab.key in {"mine", "waiting"}
    columns, found = (watched if tab.watches else listed), tab.rows(request.user, at)
    pages: CasePages = CaseKeys(columns(Case.objects.all()))
    if own:  # a desk full at most, and two lists: their keys are not asked for apart
        pages, found = WroteFirst(), columns(found)
    rows = drawn(tab, pages.page(found, request, Order()), request.user, at)
    address = f"{reverse('desk:queue')}?tab={tab.key}"
    more = f"{address}&{urlsplit(pages.next).query}" if pages.next and request.method == "POST" else pages.next
    bulk = [] if tab.gives or tab.takes or tab.watches else verbs_in_bulk(request.user)
    return {"rows": rows, "more": more, "own": own, "back": address, "chosen": tab, "bulk": bulk}


def beside_the_rows(tab: Tab, shown: Mapping[str, Any], user: User, at: datetime) -> dict[str, Any]:
    """What the whole page has, and its further rows do not."""
    rows = shown["rows"]
    found: dict[str, Any] = {"one_unit": of_one_unit(rows, shown["more"])}
    if tab.gives and rows:
        found["controls"] = fields(Assign, rows[0].case, shown.get("begin", {}), shown.get("errors", {}))
    return found if rows or tab.key != "mine" else found | desk_cleared(user, at)


def desk_cleared(user: User, at: datetime) -> dict[str, Any]:
    """What an empty desk says: the case that is taken next, and how many of the reader's customers were told today."""
    begins = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    told = Round.objects.filter(credited_at__gte=begins, notified_at__isnull=False, case__owner=user)
    heads = queues(user)[:1] if rights_of(user).has("take_next") else []
    ahead = as_rows(listed(heads[0])[:1], at) if heads else []
    return {"ahead": next(iter(ahead), None), "told_today": told.count()}


def drawn(tab: Tab, cases: list[Case], user: User, at: datetime) -> Sequence[Row]:
    if not tab.watches:
        return as_rows(cases, at)
    pressing = Q(kind="sign_off") if tab.key == "unsigned" else Q()
    rows = as_watch_rows(cases, user, at, pressing)
    return with_plans(rows, user) if tab.key == "escalated" else rows


@require_POST
@desk_page
def take(request: StaffRequest) -> HttpResponse:
    """领取: the most urgent waiting case becomes mine, and opens."""
    if not rights_of(request.user).has("take_next"):
        raise PermissionDenied
    try:
        case = take_next(actor=request.user)
    except NothingToTake as error:
        messages.info(request, str(error))
        return redirect("desk:queue")
    return redirect("desk:case", case.reference)
