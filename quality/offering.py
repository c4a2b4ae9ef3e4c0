"""The facts of offers in SQL: when each had to be signed for, and whether somebody of the unit answered by then.

A unit is asked once each time a case comes to it. Where it goes on inside the unit, having been signed for or offered
anew before, nothing new counts: else a unit would sign for its own cases all day, or put the hour off by offering it
again. Of what is offered anew inside the unit the first hour stands. To send it back is an answer. An offer that was
taken back before its hour, or ended or was merged with its case, is nobody's; after it, it was late.
"""

from collections.abc import Sequence

from django.conf import settings

from complaints.models import Case, Clock, Offer, Round, State

OFFER = Offer._meta.db_table
ANSWERED = ", ".join(f"'{one.value}'" for one in (Offer.Outcome.ACCEPTED, Offer.Outcome.TAKEN, Offer.Outcome.REFUSED))
# The offers of a case by which the asking of a unit ended: it was answered, or went on to another unit. `{cases}` is a
# condition on the case.
ENDINGS = f"""
    SELECT a.case_id, array_agg(a.number::int ORDER BY a.number) AS numbers,
        array_agg(a.outcome ORDER BY a.number) AS outcomes, array_agg(a.ended_at ORDER BY a.number) AS moments
    FROM {OFFER} a LEFT JOIN {OFFER} onward ON onward.case_id = a.case_id AND onward.number = a.number + 1
    WHERE (a.outcome <> '{Offer.Outcome.SUPERSEDED.value}' OR onward.unit_id <> a.unit_id) AND {{cases}}
    GROUP BY a.case_id"""
# Of these the first from this offer on.
PLACE = "width_bucket(o.number - 1, endings.numbers) + 1"
OUTCOME, ENDED_AT = f"endings.outcomes[{PLACE}]", f"endings.moments[{PLACE}]"
# The unit had it already: only a refusal that gave it back to another unit ends that.
REFUSED = Offer.Outcome.REFUSED.value
HAD_IT = f"before.unit_id = o.unit_id AND (before.outcome <> '{REFUSED}' OR before.from_unit_id = o.unit_id)"
# Of a merged case what was on offer rests, since it was merged.
RESTS = f"c.state = '{State.MERGED.value}'"
# The whole second of the deadline still counts.
BY_THEN = f"date_trunc('second', COALESCE({ENDED_AT}, CASE WHEN {RESTS} THEN r.closed_at END)) <= k.due_at"


def day_of(moment: str) -> str:
    """The day of a moment in the zone of the institution."""
    return f"({moment} AT TIME ZONE '{settings.TIME_ZONE}')::date"


EXPRESSIONS = {
    "case_id": "c.id",
    "round": "r.number",
    "offer": "o.number",
    "legal_entity_id": "c.legal_entity_id",
    "unit_id": "o.unit_id",
    "channel": "c.channel",
    "business_line_id": "c.business_line_id",
    "owner_id": "o.to_id",
    "nature": "c.nature",
    "origin": "c.origin",
    "received_at": "c.received_at",
    "due_at": "k.due_at",
    "satisfaction": "''",
    **dict.fromkeys(
        ("entered_by_owner", "entered_late", "extended", "waived", "settled", "spot_checked", "spot_differs"), "FALSE"
    ),
    "sign_off_on": f"""CASE WHEN NOT COALESCE({HAD_IT}, FALSE)
        AND ({OUTCOME} IN ({ANSWERED}) OR ({OUTCOME} = '' AND NOT {RESTS}) OR NOT {BY_THEN})
        THEN {day_of("k.due_at")} END""",
    "signed_in_time": f"{OUTCOME} IN ({ANSWERED}) AND {BY_THEN}",
    "refused": f"{OUTCOME} = '{REFUSED}'",
}


def selecting(columns: Sequence[str], cases: str) -> str:
    """A SELECT of the facts of offers that have a sign-off clock; `cases`: as in quality.facts.selecting."""
    return f"""
SELECT {", ".join(f"{EXPRESSIONS.get(column, 'NULL')} AS {column}" for column in columns)}
FROM {Case._meta.db_table} c
JOIN {OFFER} o ON o.case_id = c.id
JOIN {Round._meta.db_table} r ON r.id = o.round_id
JOIN {Clock._meta.db_table} k ON k.round_id = r.id AND k.kind = 'sign_off' AND k.subject = 'offer:' || o.number
LEFT JOIN {OFFER} before ON before.case_id = o.case_id AND before.number = o.number - 1
JOIN ({ENDINGS.format(cases=f"a.case_id {cases}" if cases else "TRUE")}) AS endings ON endings.case_id = o.case_id
WHERE c.kind = '{Case.Kind.ORIGINAL.value}' AND {OUTCOME} IS NOT NULL{f" AND c.id {cases}" if cases else ""}"""
