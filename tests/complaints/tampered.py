"""A case that has seen everything, and what the owner of the database can do to its rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone

from complaints.api.intake import FeedbackInput, incoming
from complaints.models import Case, Firing
from complaints.services.attaching import hand_over
from complaints.services.climbing import climb_due
from complaints.services.escalating import fire_due
from complaints.services.intake import take_in
from complaints.services.sealing import seal_unread
from complaints.verbs import (
    addressing,
    agreeing,
    answering,
    approving,
    attaching,
    contacting,
    countersigning,
    deciding,
    ending,
    escalation,
    extending,
    handling,
    helping,
    lettering,
    overseeing,
    ownership,
    promising,
    recusal,
    redressing,
    representing,
    reviewing,
    ruling,
    satisfaction,
    spotting,
    supervising,
    tasking,
    transferring,
)
from feedback.models import Feedback
from organization import authentication
from organization.models import ApiClient, Role, Team, Unit, User
from organization.services import create_client, create_team, create_unit, posts
from security import services as security
from tests.cases import (
    ANSWERED,
    ASKED,
    CLASSIFIED,
    CONCLUDED,
    DECIDED,
    MORE_TIME,
    NOT_ENTITLED,
    TOLD,
    TRANSFERRED,
    body,
    taken,
)
from tests.files import pdf, png
from tests.people import ALL_CHANNELS, NOON, SCOPES, person

DAY = timedelta(days=1)


@dataclass
class History:
    """case: the one that is tampered with; other: another case, to which rows may be moved."""

    case: Case
    other: Case
    auditor: User


SPEAKS = {"capacity": "AGENT", "representative_name": "赵测试"}
SHOWN_PAPER = {
    **{"authority": "MANDATE", "signed_on": NOON.date(), "valid_until": NOON.date() + 90 * DAY, "seen": "ORIGINAL"},
    **{"evidence": "WT-2026-0001", "identity_seen": True},
}
NOT_STANDING = {**CONCLUDED, "conclusion": "sent_back", "on_result": "flawed"}
CONFIRMED = {"as_recorded": True, "satisfaction": "not_obtained", "gist": "客户确认已获告知"}


def lived() -> History:
    """Two cases of one customer; the first is refused, taken, escalated, waited for, decided, told and reviewed.

    All of it is sealed and anchored but the last note.
    """
    client, people = staffed()
    handler, lead, supervisor = (people[name] for name in ("handler", "lead", "supervisor"))
    customer = {"customer_no": "K000001", "name": "测试客户", "phone": "13800138000"}
    other = raised_beside(client, customer)
    sent = {"product": "金卡", "named_staff": ["柜员一号"], "amount": "12.50", "business_line": "cards"}
    case = taken(client, customer=customer, metadata={"line": "2"}, **sent)
    name, at = case.reference, NOON
    written_again(name, client, at=at)
    handed_on(name, people, at=at)
    transferring.add_reference(name, actor=supervisor, at=at, **TRANSFERRED)
    contacting.log_contact(
        name, actor=handler, at=at, method="PHONE", result="CONNECTED", gist="已致电", recording="REC-0"
    )
    given_time(name, people, at=at)
    contacting.ask_customer(name, actor=handler, at=at + DAY, method="PHONE", text="请补材料")
    handling.resume(name, actor=handler, at=at + 3 * DAY)
    escalated(case, by=handler, at=at + 3 * DAY)
    recusal.confirm_named(name, actor=handler, at=at + 12 * DAY, nobody=True)
    addressing.confirm_address(name, actor=supervisor, at=at + 12 * DAY, email="lan@example.com", reason="来电核实")
    approving.decide_approval(name, actor=lead, at=at + 12 * DAY, grant=True, remark="已回电核对")
    spoken_for(name, people, at=at + 12 * DAY)
    ending.decline(name, actor=handler, at=at + 12 * DAY, **NOT_ENTITLED)
    approving.decide_approval(name, actor=lead, at=at + 12 * DAY, grant=False, remark="未立案")
    handling.classify(name, actor=handler, at=at + 12 * DAY, **CLASSIFIED)
    checked(name, people, at=at + 12 * DAY)
    answering.notify(name, actor=handler, at=at + 13 * DAY, told_to="representative", **TOLD)
    made_good(name, people, at=at + 13 * DAY)
    spotting.draw_spot(name, actor=supervisor, at=at + 13 * DAY)
    spotting.check_spot(name, actor=supervisor, at=at + 14 * DAY, **CONFIRMED)
    satisfaction.record_feedback(name, actor=handler, at=at + 14 * DAY, satisfaction="dissatisfied", comment="不满意")
    reviewed(case, people, at=at + 14 * DAY)
    sealed_and_anchored(people["auditor"], name)
    handling.note(name, actor=handler, at=at + 15 * DAY, text="客户电话13912345678，晚上打。")
    return History(Case.objects.get(pk=case.pk), Case.objects.get(pk=other.pk), people["auditor"])


def checked(name: str, people: dict[str, User], *, at: datetime) -> None:
    """Drafted, countersigned by another unit, and approved."""
    deciding.draft_decision(name, actor=people["handler"], at=at, **DECIDED)
    root = people["second"].memberships.get().unit.code
    countersigning.countersign(name, actor=people["handler"], at=at, unit=root, ask="请核口径")
    countersigning.give_opinion(name, actor=people["second"], at=at, agrees=True, opinion="同意")
    deciding.approve_decision(name, actor=people["checker"], at=at + DAY)


def written_again(name: str, client: ApiClient, *, at: datetime) -> None:
    """A further message, with a file."""
    file = hand_over(png(), name="截图.png", by=client.user, at=at)[0]
    sent = body(case=name, text="还没有人联系我。", occurred_at=at.isoformat(), attachments=[file.pk])
    take_in(incoming(FeedbackInput.read(sent), client, at=at), at=at)


def spoken_for(name: str, people: dict[str, User], *, at: datetime) -> None:
    """Somebody acts for the customer, whose mandate two have seen."""
    reached = {"phone": "+8613900139000", "email": "zhao@example.com"}
    representing.add_representative(name, actor=people["handler"], at=at, **reached, **SPEAKS)
    representing.verify_authority(name, actor=people["handler"], at=at, **SHOWN_PAPER)
    approving.decide_approval(name, actor=people["lead"], at=at, grant=True)


def made_good(name: str, people: dict[str, User], *, at: datetime) -> None:
    """More than the handler gives alone, granted and paid; ruled on, appealed and ruled on again; and answered for."""
    transferring.answer_regulator(name, actor=people["handler"], at=at, **ANSWERED)
    given = {"kind": "REFUND", "amount": Decimal(800), "demanded": Decimal(1000), "agreement": "和解〔2026〕7号"}
    redressing.propose_redress(name, actor=people["handler"], at=at, reason="重复扣收", **given)
    approving.decide_approval(name, actor=people["supervisor"], at=at, grant=True)
    redressing.pay_redress(name, actor=people["lead"], at=at, evidence="PAY-00001")
    lettering.issue_letter(name, actor=people["handler"], at=at, kind="settlement")
    for username in ("guardian", "another"):
        guardian = person(username, Role.CONSUMER_PROTECTION, people["handler"].memberships.get().unit.parent)
        ruling.rule_liability(
            name, actor=guardian, at=at, result="LIABLE", responsible_unit="SH", measure="TALK", basis="未核对"
        )
        if username == "guardian":
            ruling.appeal_liability(name, actor=people["lead"], at=at, reason="系统故障")


def helped(name: str, people: dict[str, User], *, at: datetime) -> None:
    """Somebody is asked, whose answer does not do and is asked for anew; and another task is withdrawn."""
    given = {"actor": people["handler"], "at": at}
    tasking.add_task(name, ask="请核实", to="colleague", **given)
    helping.accept_task(name, actor=people["colleague"], at=at)
    helping.answer_task(name, actor=people["colleague"], at=at, answer="已核实")
    overseeing.return_task(name, reason="请附凭证", **given)
    overseeing.chase_task(name, text="请尽快", **given)
    overseeing.withdraw_task(name, reason="已自行核实", **given)
    until = (at + timedelta(days=3)).date()
    supervising.supervise(name, actor=people["supervisor"], at=at, ask="三日内约见客户", until=until)


def raised_beside(client: ApiClient, customer: dict[str, str]) -> Case:
    """Another case of the customer; and a joint complaint of the same event, which makes a sign of a group."""
    event = {"category": CLASSIFIED["category"], "reason": CLASSIFIED["reason"], "product": "金卡"}
    other = taken(client, customer=customer)
    taken(client, complainants=4, at=NOON + 6 * DAY, **event)
    return other


def given_time(name: str, people: dict[str, User], *, at: datetime) -> None:
    """An extension and the days of a mediation, granted by one without a part; a day that was agreed; and help."""
    extending.extend(name, actor=people["handler"], at=at, rule="CBIRC-2020-3", **MORE_TIME)
    approving.decide_approval(name, actor=people["checker"], at=at, grant=True)
    extending.extend(name, actor=people["handler"], at=at, **TOLD)
    until = timezone.localdate(at + 5 * DAY)
    mediated = {"ground": "MEDIATION", "evidence": "沪调申〔2026〕8号", "until": until, "text": "双方已申请调解"}
    handling.suspend(name, actor=people["lead"], at=at, **mediated)
    approving.decide_approval(name, actor=people["checker"], at=at, grant=True)
    handling.resume(name, actor=people["handler"], at=at + DAY)
    agreeing.agree(name, actor=people["handler"], at=at + DAY, until=until, evidence="REC-9", terms="五日内答复")
    helped(name, people, at=at + DAY)
    day = timezone.localdate(at + 3 * DAY)
    promising.promise(name, actor=people["handler"], at=at + DAY, kind="REPLY", promised="三日内回复", until=day)
    promising.record_promise_outcome(name, actor=people["lead"], at=at + DAY, outcome="kept", evidence="SF-0001")


def reviewed(case: Case, people: dict[str, User], *, at: datetime) -> None:
    """The superior institution finds that the decision does not stand: a round begins."""
    reviewing.request_review(case.reference, actor=people["supervisor"], at=at, **ASKED)
    review = Case.objects.get(links__other=case, kind="review").reference
    ownership.take_next(review, actor=people["reviewer"], at=at)
    reviewing.decide_review(review, actor=people["reviewer"], at=at, **NOT_STANDING)
    deciding.approve_decision(review, actor=people["second"], at=at)
    answering.notify(review, actor=people["reviewer"], at=at, told_to="representative", **TOLD)


def handed_on(name: str, people: dict[str, User], *, at: datetime) -> None:
    """Offered to one who refuses, and to one who signs for it and adds a letter."""
    ownership.assign(name, actor=people["supervisor"], at=at, to="colleague", reason="请处理")
    ownership.refuse(name, actor=people["colleague"], at=at, reason="不熟悉")
    ownership.assign(name, actor=people["supervisor"], at=at, to="handler")
    ownership.accept(name, actor=people["handler"], at=at)
    letter = hand_over(pdf(), name="来信.pdf", by=people["handler"], at=at, document="LETTER")[0]
    attaching.attach(name, actor=people["handler"], at=at, attachments=[letter.pk])


def escalated(case: Case, *, by: User, at: datetime) -> None:
    """By a person and by its rungs, of which the first who was told says what will be done."""
    escalation.escalate(case.reference, actor=by, at=at, reason="客户情绪激动")
    at += 8 * DAY
    fire_due(at=at)
    told = Firing.objects.filter(case=case).exclude(kind="reminder").earliest("pk").recipient
    plan = {"plan": "明日答复", "until": timezone.localdate(at + DAY)}
    escalation.acknowledge_escalation(case.reference, actor=told, at=at, **plan)
    climb_due(at=at + timedelta(hours=12))


def sealed_and_anchored(reader: User, reference: str) -> None:
    for minute in range(4):
        at = NOON + minute * timedelta(minutes=20)
        security.record_read(f"case:{reference}", actor=reader, at=at)
        if minute < 3:
            security.seal_audit_heads(at)
            security.anchor(at)
    seal_unread(at=NOON + DAY)
    security.anchor(NOON + DAY)


def staffed() -> tuple[ApiClient, dict[str, User]]:
    posts.POSTS.forget()
    authentication.SEEN.forget()
    root = Unit.objects.filter(parent=None).earliest("pk")
    branch = create_unit("SH", name="上海分行", kind=Unit.Kind.BRANCH, parent=root)
    team = create_team(branch, "一组")
    parts = {
        "handler": Role.HANDLER,
        "colleague": Role.HANDLER,
        "lead": Role.TEAM_LEAD,
        "supervisor": Role.SUPERVISOR,
        "checker": Role.APPROVER,
        "receiver": Role.DISPATCHER,
    }
    in_team = {"handler", "colleague", "lead"}
    people = {name: person(name, role, branch, team if name in in_team else None) for name, role in parts.items()}
    people["reviewer"] = person("reviewer", Role.HANDLER, root)
    people["second"] = person("second", Role.SUPERVISOR, root)
    people["auditor"] = person("auditor", Role.COMPLIANCE_AUDITOR, root)
    Team.objects.filter(pk=team.pk).update(lead=people["lead"])
    Unit.objects.filter(pk=branch.pk).update(receiver=people["receiver"])
    branch.receiver = people["receiver"]
    client, _key = create_client("hotline", channels=ALL_CHANNELS, unit=branch, scopes=SCOPES, per_minute=1000, at=NOON)
    return client, people


def hanging() -> list[type[models.Model]]:
    """Every model that hangs on a case by foreign keys, through however many others; and what its messages are."""
    found: dict[type[models.Model], None] = {Case: None}
    waiting = [Case]
    while waiting:
        for relation in waiting.pop()._meta.related_objects:
            model = relation.related_model
            if model not in found and model._meta.app_label == "complaints":
                found[model] = None
                waiting.append(model)
    return [*found, Feedback]


def rows_of(model: type[models.Model], case: Case) -> "models.QuerySet[Any]":
    """Its rows of this case."""
    if model is Case:
        return Case.objects.filter(pk=case.pk)
    if model is Feedback:
        return Feedback.objects.filter(pk__in=case.messages.values("feedback"))
    paths = [("case",), *((one.name, "case") for one in model._meta.concrete_fields if one.is_relation)]
    names = {field.name for field in model._meta.concrete_fields}
    path = next(path for path in paths if path[0] in names)
    return model._default_manager.filter(**{"__".join(path): case})


def unguarded(*tables: str) -> None:
    """What an owner may do first: no trigger, no constraint. It ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(
                "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
                " WHERE contype IN ('c', 'f', 'u') AND conparentid = 0"
                " AND (conrelid = %s::regclass OR confrelid = %s::regclass)",
                [table, table],
            )
            for holder, name in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {holder} DROP CONSTRAINT IF EXISTS {name} CASCADE")
            cursor.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique"
                " AND indpred IS NOT NULL",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")


def run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def another(field: "models.Field[Any, Any]") -> str:
    """An SQL expression for another value of a column than the one it has."""
    column, kind = f'"{field.column}"', str(field.db_type(connection))
    expressions = {
        "boolean": f"NOT coalesce({column}, false)",
        "timestamp with time zone": f"coalesce({column} + interval '1 day', '2026-01-01')",
        "date": f"coalesce({column} + 1, '2026-01-01')",
        "uuid": "gen_random_uuid()",
        "jsonb": """'{"forged": 1}'""",
        "varchar(20)[]": f"{column} || 'forged'::varchar",
        "varchar(40)[]": f"{column} || 'forged'::varchar",
        "text[]": f"{column} || 'forged'::text",
        "bigint[]": f"{column} || 1",
        "integer[]": f"{column} || 1",
        "text": f"'x' || {column}",
    }
    if kind in expressions:
        return expressions[kind]
    if kind.startswith("varchar"):
        return f"CASE WHEN {column} = 'x' THEN 'y' ELSE 'x' END"
    return f"coalesce({column} + 100, 1)"  # numbers, and keys of other rows


def key_of_row(row: models.Model) -> tuple[str, list[Any]]:
    """A condition that names the row."""
    pk = row._meta.pk
    fields = [row._meta.get_field(name) for name in ("case", "sequence")] if pk.name == "pk" else [pk]
    return " AND ".join(f'"{one.column}" = %s' for one in fields), [getattr(row, one.attname) for one in fields]
