"""Base data: the Chinese bank calendar, the rule sets of the law, the default policies and their ladders."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from sla import rulebook
from sla.arithmetic import DAY
from sla.models import (
    Calendar,
    Decider,
    ExtensionStep,
    Ladder,
    Measure,
    Policy,
    RuleSet,
    Rung,
    RungKind,
    Starts,
    Target,
    Tell,
)
from sla.models import ClockKind as Kind
from sla.services.days import expect, publish

CHINA = "Asia/Shanghai"
EVER = date(2000, 1, 1)  # before every complaint: the first version of what the house sets itself
HOUR = timedelta(hours=1)

# offset from the deadline in working days and hours, kind, who is told
LADDERS = {
    ("statutory", _("Statutory decision")): [
        (-5 * DAY, RungKind.REMINDER, Tell.OWNER),
        (-3 * DAY, RungKind.REMINDER, Tell.OWNER),
        (-1 * DAY, RungKind.REMINDER, Tell.OWNER),
        (0 * DAY, RungKind.BREACH, Tell.OWNER),
        (0 * DAY, RungKind.ESCALATION, Tell.TEAM_LEAD),
        (1 * DAY, RungKind.ESCALATION, Tell.SUPERVISOR),
        (3 * DAY, RungKind.ESCALATION, Tell.UNIT_HEAD),
        (5 * DAY, RungKind.ESCALATION, Tell.CONSUMER_PROTECTION),
    ],
    ("contact", _("Sign-off, first contact, follow-up call")): [
        (-1 * HOUR, RungKind.REMINDER, Tell.OWNER),
        (0 * HOUR, RungKind.BREACH, Tell.OWNER),
        (2 * HOUR, RungKind.ESCALATION, Tell.TEAM_LEAD),
        (1 * DAY, RungKind.ESCALATION, Tell.SUPERVISOR),
    ],
    ("task", _("Task")): [
        (-4 * HOUR, RungKind.REMINDER, Tell.OWNER),
        (0 * HOUR, RungKind.BREACH, Tell.OWNER),
        (2 * HOUR, RungKind.ESCALATION, Tell.TEAM_LEAD),
        (1 * DAY, RungKind.ESCALATION, Tell.SUPERVISOR),
        (3 * DAY, RungKind.ESCALATION, Tell.CONSUMER_PROTECTION),
    ],
    ("waiting", _("Filing, waiting, ways open to the customer")): [
        (-5 * DAY, RungKind.REMINDER, Tell.OWNER),
        (-1 * DAY, RungKind.REMINDER, Tell.OWNER),
        (0 * DAY, RungKind.BREACH, Tell.OWNER),
        (1 * DAY, RungKind.ESCALATION, Tell.TEAM_LEAD),
        (3 * DAY, RungKind.ESCALATION, Tell.SUPERVISOR),
    ],
    ("resolution", _("Internal resolution")): [
        (-1 * DAY, RungKind.REMINDER, Tell.OWNER),
        (0 * DAY, RungKind.BREACH, Tell.OWNER),
        (1 * DAY, RungKind.ESCALATION, Tell.TEAM_LEAD),
        (2 * DAY, RungKind.ESCALATION, Tell.SUPERVISOR),
        (4 * DAY, RungKind.ESCALATION, Tell.UNIT_HEAD),
    ],
}

# kind, amount, unit, when it starts, ladder
CONTACT_TARGET = (Kind.FIRST_CONTACT, 1, Measure.WORKING_DAYS, Starts.RECEIPT, "contact")
RESOLUTION_TARGET = (Kind.RESOLUTION, 5, Measure.WORKING_DAYS, Starts.RECEIPT, "resolution")
# So that a deadline runs in every open state, also once the customer was told and while somebody outside is waited for.
OF_ALL = [
    (Kind.FILING, 30, Measure.CALENDAR_DAYS, Starts.LATER, "waiting"),
    (Kind.WAIT, 10, Measure.WORKING_DAYS, Starts.LATER, "waiting"),
    (Kind.WAYS, 30, Measure.CALENDAR_DAYS, Starts.LATER, "waiting"),
    (Kind.AUTHORITY, 5, Measure.WORKING_DAYS, Starts.LATER, "waiting"),
    (Kind.TASK, 2, Measure.WORKING_DAYS, Starts.LATER, "task"),  # of whoever is asked: its owner level is that person
    (Kind.REGULATOR_ANSWER, 2, Measure.WORKING_DAYS, Starts.LATER, "resolution"),  # before the day that was ordered
]
OF_COMPLAINTS = [
    (Kind.SIGN_OFF, 4 * 60, Measure.WORKING_MINUTES, Starts.RECEIPT, "contact"),
    (Kind.FOLLOW_UP, 3, Measure.WORKING_DAYS, Starts.LATER, "contact"),
    *OF_ALL,
]
# the hotlines of the regulators of banking and insurance, of the central bank, of securities
REGULATORS = ["12378", "12363", "12386"]
# the hotline of a city, petition office, mailbox of the mayor, consumer association: contact on the same day too
OTHER_BODIES = ["12345", "PETITION", "MAYOR", "CONSUMER_ASSOC", "MEDIATION", "OTHER"]
# days from the beginning, and who grants an extension so far. Source: Art. 18 para 1, and Art. 43 of the central bank
EXTENSIONS = {
    "CBIRC-2020-3": [(30, [Decider.INSTITUTION]), (60, [Decider.SUPERIOR, Decider.HEAD_OFFICE])],
    "PBOC-2020-5": [(60, [Decider.COMPLAINT_HEAD])],
}
# key, name, what it applies to, targets; the first that fits is used
POLICIES = [
    (
        "transferred",
        _("Default deadlines of regulators' transfers"),
        {"natures": ["complaint"], "sources": REGULATORS},
        [
            (Kind.FIRST_CONTACT, 1, Measure.SAME_DAY, Starts.RECEIPT, "contact"),
            (Kind.RESOLUTION, 7, Measure.CALENDAR_DAYS, Starts.RECEIPT, "resolution"),
            *OF_COMPLAINTS,
        ],
    ),
    (
        "referred",
        _("Default deadlines of what other bodies transfer"),
        {"natures": ["complaint"], "sources": OTHER_BODIES},
        [(Kind.FIRST_CONTACT, 1, Measure.SAME_DAY, Starts.RECEIPT, "contact"), RESOLUTION_TARGET, *OF_COMPLAINTS],
    ),
    (
        "complaint",
        _("Default deadlines of complaints"),
        {"natures": ["complaint"]},
        [CONTACT_TARGET, RESOLUTION_TARGET, *OF_COMPLAINTS],
    ),
    ("default", _("Default deadlines of other requests"), {}, [CONTACT_TARGET, RESOLUTION_TARGET, *OF_ALL]),
]


def setup_sla() -> None:
    """Lay down what is missing and leave what is there: a row that an administrator changed stays changed.

    Published days replace days that were only expected. Open cases keep their deadlines.
    """
    calendar, _is_new = Calendar.objects.get_or_create(
        code="cn-bank",
        legal_entity=None,
        defaults={
            "name": str(_("Working calendar of Chinese banks")),
            "hours": [["09:00", "12:00"], ["13:00", "17:30"]],
        },
    )
    publish(calendar)
    for of_china in Calendar.objects.filter(zone=CHINA):
        expect(of_china)
    ladders = {key: make_ladder(key, str(name), rungs) for (key, name), rungs in LADDERS.items()}
    make_rule_sets(calendar, ladders["statutory"])
    for position, (key, name, facts, targets) in enumerate(POLICIES, start=1):
        fixed = {"name": str(name), "position": position * 100, "calendar": calendar, **facts}
        make_policy(key, fixed, targets, ladders)
    rulebook.forget()


def make_ladder(key: str, name: str, rungs: list[tuple[timedelta, RungKind, Tell]]) -> Ladder:
    ladder, is_new = Ladder.objects.get_or_create(
        key=key, legal_entity=None, effective_from=EVER, defaults={"name": name}
    )
    if is_new:
        Rung.objects.bulk_create(
            Rung(ladder=ladder, position=position, offset=offset, kind=kind, tell=tell)
            for position, (offset, kind, tell) in enumerate(rungs, start=1)
        )
    return ladder


def make_rule_sets(calendar: Calendar, ladder: Ladder) -> None:
    """Source: 银保监会令2020年第3号 Art. 18, of which para 3 counts anew, and Art. 20, whose 30 days for a review are
    not extended; 中国人民银行令〔2020〕第5号 Art. 43.
    """
    all_of_them = {"natures": ["complaint"], "calendar": calendar, "ladder": ladder}
    decision = {"first_due_days": 15, "max_days": 60}
    for key, since, facts in (
        (
            "CBIRC-2020-3",
            date(2020, 3, 1),
            {"name": "银行业保险业消费投诉处理管理办法", "kind": Kind.DECISION, "counts_anew": True, **decision},
        ),
        (
            "CBIRC-2020-3-20",
            date(2020, 3, 1),
            {
                "name": "银行业保险业消费投诉处理管理办法第二十条",
                "kind": Kind.REVIEW,
                "first_due_days": 30,
                "max_days": 30,
            },
        ),
        (
            "PBOC-2020-5",
            date(2020, 11, 1),
            {"name": "金融消费者权益保护实施办法", "kind": Kind.TRANSFER, "sources": ["12363"], **decision},
        ),
    ):
        rule_set, is_new = RuleSet.objects.get_or_create(
            key=key, legal_entity=None, effective_from=since, defaults={**facts, **all_of_them}
        )
        if is_new:
            ExtensionStep.objects.bulk_create(
                ExtensionStep(rule_set=rule_set, until_days=days, deciders=deciders)
                for days, deciders in EXTENSIONS.get(key, [])
            )


def make_policy(
    key: str,
    facts: dict[str, Any],
    targets: list[tuple[Kind, int, Measure, Starts, str]],
    ladders: dict[str, Ladder],
) -> None:
    policy, is_new = Policy.objects.get_or_create(key=key, legal_entity=None, effective_from=EVER, defaults=facts)
    if is_new:
        Target.objects.bulk_create(
            Target(policy=policy, kind=kind, amount=amount, unit=unit, starts=starts, ladder=ladders[ladder])
            for kind, amount, unit, starts, ladder in targets
        )
