"""One case on one page: what happened, what is due and why, the facts, and only what may be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from complaints import reading
from complaints.concerned import concerning
from complaints.desk.beginning import beginning
from complaints.desk.clocks import clocks_of, pressing
from complaints.desk.contacts import CONTACT, contact_of
from complaints.desk.drafted import drafted
from complaints.desk.files import FILES, files_of
from complaints.desk.forms import controls
from complaints.desk.issued import ISSUED, letters_of
from complaints.desk.listing import as_reference
from complaints.desk.menu import grouped
from complaints.desk.neighbourhood import (
    absorbed_in,
    linked_from,
    links_of,
    merged_into,
    neighbours,
    others_of,
    reviewed_in,
)
from complaints.desk.pending import came_back, open_approvals
from complaints.desk.promises import Line as PromiseLine
from complaints.desk.redress import Line as RedressLine
from complaints.desk.reduced import asked_of
from complaints.desk.representing import SPEAKERS, spoken_for
from complaints.desk.sending import Sending, sending, those_at_once
from complaints.desk.shell import StaffRequest, desk_page, framed
from complaints.desk.tasklines import task_lines
from complaints.desk.timeline import timeline_of
from complaints.desk.tones import LEVEL_TONES, STATE_TONES
from complaints.desk.transfers import Line
from complaints.dossier import Dossier
from complaints.models import FINAL, Case, GroupSign, Liability, Link, Nature, Promise, Redress, State, Task
from complaints.services import brokers
from complaints.services.pressing import READ, awaiting
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, REASON_C, label
from complaints.verb import BUTTON, COMPOSER
from complaints.verbs import VERBS, Verb, allowed_verbs, label_of
from feedback import services as feedback
from feedback.channels import channel_label
from organization.models import User
from organization.rights import rights_of
from security.reads import opened

RELATED = (
    "legal_entity", "receiving_unit", "complained_unit", "handling_unit", "responsible_unit", "partner", "team",
    "owner", "offered_to", "offered_unit", "first_receiver", "customer", "business_line",
)  # fmt: skip
SHOWN = 5  # decisions, and approvals
OPEN_SIGNS = GroupSign.objects.filter(case=OuterRef("pk"), status=GroupSign.Status.FOUND)
# What most cases have none of: it is not asked for again.
LINKS = Link.objects.standing().filter(Q(case=OuterRef("pk")) | Q(other=OuterRef("pk")))
HAS = {
    "linked": Exists(LINKS),
    "redressed": Exists(Redress.objects.filter(case=OuterRef("pk"))),
    "asked": Exists(Task.objects.filter(case=OuterRef("pk"))),
    "promised": Exists(Promise.objects.filter(case=OuterRef("pk"))),
    "ruled_on": Exists(Liability.objects.filter(case=OuterRef("pk"))),
}
SIGN = Subquery(OPEN_SIGNS.values("complainants")[:1])  # 群体性投诉: how many complain of the same; None: no sign


@dataclass(frozen=True)
class Steps:
    """What may be done: the next step, the buttons beside it, the rest, and why the others are closed.

    awaited  the next step where the reader may not take it, and why
    at_once  the names of those that need no dialog
    """

    main: Verb | None
    awaited: tuple[Any, str] | None
    buttons: list[Verb]
    rest: list[Verb]
    closed: list[tuple[str, list[str]]]
    panels: list[Sending]
    at_once: set[str]

    @property
    def offered(self) -> list[Verb]:
        """All that have a button."""
        return [*([self.main] if self.main else []), *self.buttons, *self.rest]

    @property
    def menu(self) -> list[tuple[Any, list[Verb]]]:
        """The rest, by what it is about."""
        return grouped(self.rest)


@require_GET
@desk_page
def case_page(request: StaffRequest, reference: str) -> HttpResponse:
    try:
        case = reached(request, reference)
    except Http404:
        task = asked_of(request.user, as_reference(reference))
        if task is not None:
            return redirect("desk:task", reference, task.number)
        if Case.objects.filter(concerning(request.user), reference=as_reference(reference)).exists():
            return redirect("desk:concerned-case", reference)
        raise
    noticed(request, case)
    return framed(request, "desk/case.html", **case_context(request, case))


def reached(request: StaffRequest, reference: str) -> Case:
    """The case, if it is in the area of the reader; else there is none. That they opened it stands on record."""
    rows = Case.objects.select_related(*RELATED).prefetch_related("external_references")
    rows = rows.annotate(
        given=CONTACT,
        files=FILES,
        issued=ISSUED,
        speakers=SPEAKERS,
        sign=SIGN,
        **HAS,
        **{READ: awaiting(request.user)},
    )
    case = reading.reached(rows, as_reference(reference), request.user)
    if case is None:
        raise Http404(_("There is no such case in your area."))
    opened(f"case:{case.reference}", actor=request.user, at=timezone.now())
    return case


def noticed(request: StaffRequest, case: Case) -> None:
    """Whoever looks at the case knows what its notices say."""
    feedback.unread_for(request.user).filter(about=case.reference).order_by().update(read_at=timezone.now())


def case_context(request: StaffRequest, case: Case) -> dict[str, Any]:
    at, user = timezone.now(), request.user
    dossier = Dossier(case, at)
    timeline = timeline_of(case, user, complete="all" in request.GET)
    if not timeline.earlier:
        dossier.done = {(event.verb, event.actor_id) for event in timeline.events}  # nobody has to ask for it again
    others = others_of(case, user)
    dossier.others = others.shown
    steps = steps_of(dossier, user)
    clocks, approvals = clocks_of(dossier, at), dossier.all_approvals[: -SHOWN - 1 : -1]
    return {
        "title": case.reference,
        "case": case,
        "channel": channel_label(case.channel),
        "state_tone": STATE_TONES.get(case.state, ""),
        "level_tone": LEVEL_TONES.get(case.level, ""),
        "steps": steps,
        "drafted": drafted(dossier, steps.offered, timeline),
        "clocks": clocks,
        "pressing": pressing(clocks),
        "came_back": came_back(case, timeline),
        "pending": open_approvals(case, approvals, at),
        "timeline": timeline,
        "facts": facts(case),
        "approvals": [(row, label_of(row.verb)) for row in approvals],
        **hanging(dossier, at),
        **contact_of(case),
        **spoken_for(dossier),
        "links": links_of(dossier, user),
        "linked_from": linked_from(dossier, user),
        "absorbed": absorbed_in(dossier, user),
        "merged_into": merged_into(case, user),
        "review": reviewed_in(dossier, user),
        "others": others,
        "neighbours": neighbours(case, user),
        "may_attach": VERBS["attach"] in steps.offered,
        "may_see_clues": brokers.may(user, case),
        "may_export": rights_of(user).allows("export", case),
        "may_reveal": rights_of(user).allows("reveal", case),
    }


def hanging(dossier: Dossier, at: datetime) -> dict[str, Any]:
    """What stands beside the facts: transfers, decisions, redress, liability, tasks, promises, files, letters."""
    return {
        "transfers": [Line(row, dossier.case, at) for row in [*dossier.references, *dossier.references_of_absorbed]],
        "decisions": dossier.decisions[: -SHOWN - 1 : -1],
        "redress": [RedressLine(row, dossier.case, at) for row in dossier.redress],
        "liabilities": dossier.liabilities,
        "tasks": task_lines(dossier, at),
        "to_countersign": [one for one in dossier.countersignatures if one.task_among(dossier.tasks) is None],
        "files": files_of(dossier.case),
        "letters": letters_of(dossier.case),
        "promises": [PromiseLine(row, dossier.case, at) for row in dossier.promises],
    }


def steps_of(dossier: Dossier, user: User) -> Steps:
    case = dossier.case
    allowed, why_not = allowed_verbs(case, user, dossier.at, dossier=dossier)
    ahead = steps_ahead(case, has_open_approval="decide_approval" in allowed)
    main = next((name for name in ahead if name in allowed), "")
    open_verbs = [VERBS[name] for name in allowed if name != main]
    writing = [verb for verb in open_verbs if verb.place == COMPOSER]
    return Steps(
        main=VERBS[main] if main else None,
        awaited=(label_of(ahead[0]), why_not[ahead[0]]) if ahead and not main else None,
        buttons=[verb for verb in open_verbs if verb.place == BUTTON],
        rest=[verb for verb in open_verbs if verb.place not in {BUTTON, COMPOSER}],
        closed=by_reason(why_not),
        panels=[sending(case, verb, controls(verb.form, beginning(case, verb))) for verb in writing],
        at_once=those_at_once(VERBS[name] for name in allowed),
    )


def by_reason(why_not: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The verbs that are closed, under why; what could be mended first, what the state forbids last."""
    groups: dict[str, list[str]] = {}
    for name, reason in why_not.items():
        groups.setdefault(reason, []).append(str(label_of(name)))
    return sorted(groups.items(), key=lambda group: len(group[1]))


def steps_ahead(case: Case, *, has_open_approval: bool) -> list[str]:
    """The verbs that bring the case on, the likeliest first. The first that the reader may use has key R."""
    ahead = {
        State.RECEIVED: ["start", "take_next"],
        State.ASSIGNED: ["accept", "take_next"],
        State.IN_PROGRESS: working_steps(case),
        State.WAITING_CUSTOMER: ["resume"],
        State.WAITING_EXTERNAL: ["resume"],
        State.PENDING_APPROVAL: ["approve_decision"],
        State.DECIDED: ["notify"],
        State.NOTIFIED: ["close"] if case.current_round.satisfaction_asked else ["follow_up", "close"],
    }
    first = ["decide_approval"] * has_open_approval + ["accept"] * (case.offered_to_id is not None)
    owed = State(case.state) in (State.NOTIFIED, *FINAL) and bool(case.source)  # else the customer comes first
    first += ["answer_regulator"] * (owed and any(row.awaits_answer for row in case.external_references.all()))
    return [*first, *ahead.get(State(case.state), [])]


def working_steps(case: Case) -> list[str]:
    if case.nature != Nature.COMPLAINT:
        return ["close", "acknowledge"] if case.replied_at else ["acknowledge", "close"]
    unclassified = not (case.business_channel and case.category and case.reason and case.complained_unit_id)
    return [
        *([] if case.acknowledged_at or case.first_contact_at else ["acknowledge"]),
        *(["classify"] if unclassified else []),
        "decide_review" if case.kind == Case.Kind.REVIEW else "draft_decision",
    ]


def followers(case: Case) -> str:
    people = User.objects.filter(pk__in=case.watchers).order_by("pk") if case.watchers else []
    return ", ".join(map(str, people))


def facts(case: Case) -> list[tuple[Any, Any]]:
    """The facts beside the timeline, those that are there."""
    pairs = [
        (pgettext("fact", "Nature"), case.get_nature_display()),
        (pgettext("fact", "Category"), label(CATEGORY_B, case.category)),
        (pgettext("fact", "Reason"), label(REASON_C, case.reason)),
        (pgettext("fact", "Business channel"), label(CHANNEL_A, case.business_channel)),
        (pgettext("fact", "Business line"), case.business_line),
        (pgettext("fact", "Touchpoint"), case.get_touchpoint_display()),
        (pgettext("fact", "Product"), case.product),
        (pgettext("fact", "Amount"), case.amount),
        (pgettext("fact", "Demand"), label("demand", case.demand)),
        (pgettext("fact", "Staff named"), ", ".join(case.named_staff)),
        (pgettext("fact", "Finding"), label("finding", case.finding)),
        (pgettext("fact", "Demand met"), label("demand_met", case.demand_met)),
        (pgettext("fact", "Satisfaction"), case.current_round.get_satisfaction_display()),
        (pgettext("fact", "Root cause"), label("root_cause", case.root_cause)),
        (pgettext("fact", "Handling unit"), case.handling_unit),
        (pgettext("fact", "Team"), case.team),
        (pgettext("fact", "Receiving unit"), case.receiving_unit),
        (pgettext("fact", "Complained unit"), case.complained_unit),
        (pgettext("fact", "Partner institution"), case.partner),
        (pgettext("fact", "First receiver"), case.first_receiver),
        (pgettext("fact", "Followed by"), followers(case)),
    ]
    return [(name, value) for name, value in pairs if value not in {None, ""}]
