"""归岗: a case falls to the complaint post when its owner is barred, has left, or has no role that answers for it."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.utils import timezone
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act, Writing
from complaints.models import Case, Nature, Offer
from complaints.recorded import Recorded
from complaints.services.recusal import post_of
from organization.models import Role, Unit, User
from organization.rights import Rights, barred, permissions
from organization.services import complaint_post, complaint_post_cached, is_at_work, who_may

fall_to_post = Recorded("fall_to_post", pgettext("verb", "Fall to the post"))
# Who owns a case works on it and hands it on, or dispatches it.
ANSWERING = ("transfer", "assign")
Hand = Callable[[Act, User], None]  # how one of them is handed over


def fall(writing: Writing, *, at: datetime, gone: Collection[int] = ()) -> None:
    """Give the case to the post, where it concerns its owner or the person it is offered to, or these are gone.

    gone  ids of people who do not answer for it any more
    Its state stays. Where there is nobody it keeps its owner, from whom it is hidden, and stands in an alarm.
    """
    case = writing.case
    lost = {pk for pk in (case.owner_id, case.offered_to_id) if pk in gone or pk in case.barred}
    if not case.is_open or not lost:
        return
    heirs = heirs_of(case, lost, at=at, gone=gone)
    found = {hand: person for hand, person in heirs.items() if person is not None}
    if len(found) < len(heirs):
        writing.lacks_somebody_since = at
    if found:
        act = Act(fall_to_post, writing, actor=User.system(), at=at, given={})
        for hand, person in found.items():
            hand(act, person)
        act.end()


def heirs_of(case: Case, lost: set[int | None], *, at: datetime, gone: Collection[int]) -> dict[Hand, User | None]:
    """Who takes over what these people lose, the case or the offer; None where nobody is left."""
    heirs: dict[Hand, User | None] = {}
    if case.owner_id in lost:
        heirs[give] = post_for(case, case.handling_unit, at=at, but_not=gone)
    if case.offered_unit is not None and case.offered_to_id in lost:
        heirs[offer_anew] = post_for(case, case.offered_unit, at=at, but_not=gone)
    return heirs


def give(act: Act, owner: User) -> None:
    """The case is theirs at once; they sign for it by working on it, or by handing it on."""
    act.notes(**{"from": act.case.owner_id, "owner": owner.pk})
    act.case.owner = owner
    if act.offer is None:
        act.clocks.stop("sign_off", at=act.at)
        act.clocks.begin("sign_off", since=act.at, at=act.at, subject=f"event:{act.sequence}")
    act.tell(owner, "offer")


def offer_anew(act: Act, to: User) -> None:
    """The offer goes to the post of the unit it was made to, and a refusal leads back to where it would have led."""
    earlier = act.offer
    assert earlier is not None
    act.notes(to=to.pk)
    act.end_offer(Offer.Outcome.SUPERSEDED)
    act.make_offer(
        Offer(
            case=act.case,
            round=act.round,
            number=earlier.number + 1,
            legal_entity_id=earlier.legal_entity_id,
            unit=earlier.unit,
            team=earlier.team,
            to=to,
            by_name=False,
            from_state=earlier.from_state,
            from_unit=earlier.from_unit,
            from_team=earlier.from_team,
            by=act.actor,
            at=act.at,
        )
    )
    act.tell(to, "offer")


def first_owner(case: Case, *, at: datetime) -> User:
    """The complaint post of the unit, whom the complaint does not concern; of a tip-off the office of discipline."""
    if case.nature == Nature.TIP_OFF or case.barred:
        return post_for(case, case.handling_unit, at=at) or post_of(case, at)
    return complaint_post_cached(case.handling_unit, at)


def post_for(case: Case, unit: Unit, *, at: datetime, but_not: Collection[int] = ()) -> User | None:
    """The nearest present post that may answer for the case, from this unit upward; at the root consumer protection.

    A tip-off goes to discipline.
    """
    if case.nature == Nature.TIP_OFF:
        return who_may("start", case, [Role.DISCIPLINE], at=at, but_not=but_not)
    post = complaint_post(unit, at, barred=lambda one: one.pk in but_not or not answers_for(case, one, at=at))
    if is_at_work(post, at) and not post.is_service:
        return post
    return who_may("assign", case, [Role.CONSUMER_PROTECTION], at=at, but_not=but_not)


def answers_for(case: Case, person: User, *, at: datetime) -> bool:
    """Whether the case may be this person's: it does not concern them, and a role of theirs lets an owner act."""
    rights = Rights(person, timezone.localdate(at))
    within = rights.legal_entity_id == case.legal_entity_id and rights.hears(case.nature)
    return within and not barred(case, person) and any(rights.roles & permissions()[verb].keys() for verb in ANSWERING)
