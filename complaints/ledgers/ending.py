"""撤回与不予办理台账 (Art. 15, 18): how cases ended without a decision, on what evidence, and who agreed."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from complaints.ledgers.base import Entry, Ledger, joined
from complaints.models import Approval, CaseEvent, CaseText, Round, State
from complaints.sheets import Column, Kind

VERBS = {State.WITHDRAWN: "withdraw", State.DECLINED: "decline"}


def ended_by(one: Entry) -> CaseEvent:
    """The event that ended the round."""
    verb, events = VERBS[State(one.row.ended_as)], one.case.events.all()
    return max((row for row in events if (row.verb, row.round) == (verb, one.row.number)), key=lambda row: row.sequence)


def of_grant(one: Entry, name: str) -> Any:
    """A column of the second person's word; None: the customer's own channel withdrew it."""
    verb = VERBS[State(one.row.ended_as)]
    found = max((row for row in one.case.approvals.all() if row.verb == verb), key=lambda row: row.pk, default=None)
    return getattr(found, name, None)


def ground(one: Entry) -> str:
    dimension = "close_reason" if one.row.ended_as == State.WITHDRAWN else "decline_reason"
    return one.known.coded(dimension, one.case.close_reason)


def kind_of_evidence(one: Entry) -> str:
    return one.known.coded("withdrawal_evidence", ended_by(one).details.get("evidence_kind", ""))


def evidence(one: Entry) -> str:
    sequence = ended_by(one).sequence
    return joined(text.text for text in one.case.texts.all() if text.event_sequence == sequence)


class Endings(Ledger):
    key, title = "ending", "撤回与不予办理台账"
    rule = "按终止日统计撤回和不予办理，一轮一行；机构为承办单位，人员为登记人；本人渠道撤回无须第二人同意"
    day = "closed_at"
    columns = (
        Column("终止方式", lambda one: one.known.named(State, one.row.ended_as), 10),
        Column("轮次", lambda one: one.row.number, 6, Kind.NUMBER),
        Column("事由", ground, 22),
        Column("撤回或告知时间", lambda one: ended_by(one).happened_at, 16, Kind.MOMENT),
        Column(
            "撤回凭据种类",
            lambda one: one.known.coded("withdrawal_evidence", ended_by(one).details.get("evidence_kind", "")),
            14,
        ),
        Column("凭据", evidence, 20),
        Column("投诉成因", lambda one: one.known.coded("root_cause", one.case.root_cause), 14),
        Column("同意人", lambda one: one.known.person(of_grant(one, "decided_by_id")), 10),
        Column("同意时间", lambda one: of_grant(one, "decided_at"), 16, Kind.MOMENT),
    )

    def rows(self) -> QuerySet[Round]:
        return Round.objects.filter(ended_as__in=VERBS)

    def read(self, keys: Sequence[Any]) -> QuerySet[Round]:
        done = Approval.objects.filter(status__in=[Approval.Status.GRANTED, Approval.Status.USED])
        said = CaseText.objects.filter(kind="evidence").defer("words_sealed")
        events = CaseEvent.objects.filter(verb__in=VERBS.values())
        rows = self.rows().select_related("case").filter(pk__in=keys)
        return rows.prefetch_related(
            Prefetch("case__events", events), Prefetch("case__approvals", done), Prefetch("case__texts", said)
        )

    def headed(self) -> list[Column[Entry]]:
        """The person is who ended it."""
        heads = super().headed()
        place = next(place for place, head in enumerate(heads) if head.heading == "人员")
        heads[place] = Column("人员", lambda one: one.known.person(ended_by(one).actor_id), 10)
        return heads
