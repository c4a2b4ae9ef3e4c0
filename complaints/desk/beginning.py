"""What the dialog of a verb begins with: what the case says already, and what is mostly so."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from complaints.desk.forms import facts_of
from complaints.dossier import Dossier
from complaints.letters import LETTERS
from complaints.models import Case, Link
from complaints.models.representative import PAPERS
from complaints.services.remedies import remedies_of
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, is_leaf, path_of
from complaints.verbs import Verb, extending, redressing, representing
from complaints.verbs.hearing import usually_told
from organization.models import Unit

COUNTERS = (Unit.Kind.BRANCH, Unit.Kind.SUB_BRANCH)  # what a branch takes in is mostly about that branch
CALLED = "PHONE"
# How a customer who came by this channel is told, to begin with.
METHODS = {"phone": CALLED, "wechat": "WECHAT", "letter": "POST", "email": "EMAIL"}
OF_DECISION = ("findings", "basis", "outcome", "remedies")
# Business channel A by the channel of the message: our own site is the bank on line, a platform of others is A10304.
CAME_BY = {"phone": "A10302", "wechat": "A10304", "app": "A10303", "web": "A10301", "counter": "A101"}

# Fields that are called as a fact of the case, and mean another thing: no redress begins with the amount in dispute.
OTHER = {"propose_redress": {"amount"}}


def beginning(case: Case, verb: Verb, kind: str = "") -> dict[str, Any]:
    """What a dialog begins with: the facts the case has, the usual words, and how customers are mostly told.

    kind  of a letter: which one
    """
    if verb.name == "issue_letter":
        return letter_drafted(case, kind)
    words = WORDS[verb.name](case) if verb.name in WORDS else {}
    usual = CALLED if verb.name == "log_contact" else METHODS.get(case.channel, CALLED)
    method = {} if "method" in verb.form.either else {"method": usual}
    proposed = {"complained_unit": proposed_unit(case, verb), "category": proposed_category(case, verb)}
    facts = {name: value for name, value in facts_of(case, verb.form).items() if name not in OTHER.get(verb.name, ())}
    given = facts | {name: value for name, value in proposed.items() if value}
    return {**method, **came_by(case.channel), **words, **given}


def proposed_unit(case: Case, verb: Verb) -> str:
    """被投诉单位: the one of the case, else for a first classification the branch that took it in."""
    if case.complained_unit is not None:
        return case.complained_unit.code
    stands_for_all = verb.name == "amend" or case.receiving_unit.kind not in COUNTERS
    return "" if stands_for_all else case.receiving_unit.code


def proposed_category(case: Case, verb: Verb) -> str:
    """The one of the case, else for a first classification that of its business line."""
    if case.category or verb.name == "amend" or case.business_line is None:
        return case.category
    return case.business_line.category if is_leaf(CATEGORY_B, case.business_line.category) else ""


def came_by(channel: str) -> dict[str, str]:
    """The business channel as it mostly is of what came by this channel: to begin with, and to be changed."""
    return {"business_channel": CAME_BY[channel]} if is_leaf(CHANNEL_A, CAME_BY.get(channel, "")) else {}


def told_text(case: Case) -> dict[str, str]:
    """What the customer is told, in the way that was agreed: outcome and remedies of the newest decision."""
    words = last_words(case)
    text = "\n".join(words[kind] for kind in ("outcome", "remedies") if kind in words)
    dossier = Dossier(case, timezone.now())
    agreed = dossier.agreed_way
    return {"text": text, "told_to": usually_told(dossier)} | ({"method": agreed} if agreed else {})


def drafted(case: Case) -> dict[str, str]:
    """A decision begins with the one before it, which is drafted anew; the first with what is usual of its category."""
    usual = {kind: usual_words(case, kind) for kind in ("basis", "outcome")}
    return usual | {"remedies": remedies_of(case)} | words_of_group(case) | last_words(case)


def words_of_group(case: Case) -> dict[str, str]:
    """What was decided of the group complaint to which the case belongs."""
    link = case.links.standing().filter(kind=Link.Kind.CHILD_OF).select_related("other").first()
    return last_words(link.other) if link else {}


def letter_drafted(case: Case, kind: str) -> dict[str, str]:
    """A letter begins with the words of its template, filled in; empty where it cannot be issued."""
    letter, dossier = LETTERS.get(kind), Dossier(case)
    return {"kind": kind, "text": "" if letter is None or letter.why_not(dossier) else letter.draft(dossier)}


def more_time(case: Case) -> dict[str, int]:
    """An extension is mostly asked for up to where its nearest step ends."""
    return {"days": extending.usual_days(Dossier(case, timezone.now())) or 1}


def at_whose_cost(case: Case) -> dict[str, str]:
    """Redress is mostly the cost of the unit complained of."""
    return {"cost_unit": redressing.cost_unit_of(case, "").code}


def their_paper(case: Case) -> dict[str, Any]:
    """What is known of the paper of the only representative whose paper nobody has seen."""
    rows = representing.unseen(Dossier(case, timezone.now()))
    if len(rows) != 1:
        return {}
    known = {name: getattr(rows[0], name) for name in ("authority", "signed_on", "valid_until")}
    usual = PAPERS[rows[0].capacity][0]
    return {name: str(value) for name, value in known.items() if value} | {"authority": known["authority"] or usual}


def last_words(case: Case) -> dict[str, str]:
    """What the newest decision says, by kind."""
    decision = case.decisions.order_by("-pk").first()
    if decision is None:
        return {}
    texts = case.texts.filter(event_sequence=decision.event_sequence)
    return dict(texts.filter(kind__in=OF_DECISION).values_list("kind", "text"))


def usual_words(case: Case, kind: str) -> str:
    """What the list of codes lays down for the category of the case, else for the one above it."""
    rows = reversed(path_of(CATEGORY_B, case.category))
    return next((words for row in rows if (words := getattr(row, kind))), "")


WORDS: dict[str, Callable[[Case], Mapping[str, Any]]] = {
    "notify": told_text,
    "extend": more_time,
    "draft_decision": drafted,
    "decide_review": drafted,
    "propose_redress": at_whose_cost,
    "verify_authority": their_paper,
}
