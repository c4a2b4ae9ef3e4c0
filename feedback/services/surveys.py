"""Asking whether the customer is content, and writing down the answer once."""

from datetime import datetime

from django.utils.translation import gettext as _

from feedback.channels import senders
from feedback.errors import NotTheirAddress, SurveyAnswered, SurveyExpired, UnknownSurvey
from feedback.models import OPEN_FOR, Answer, Customer, Feedback, Survey
from feedback.models.survey import digest_of, new_token
from feedback.services.telling import STAFF_MAIL, Confirmed, tell_customer, way_to
from organization.models import LegalEntity, User
from security.blind import blind_index
from security.fields import Sealed
from security.redaction import redact
from security.sealing import unseal
from security.unkept import without_secrets
from sqm_site.errors import Invalid

OPTED_OUT = "OPTED_OUT"  # of the list `waive_reason`


def invite(
    reference: str,
    *,
    contact: Feedback | None,
    confirmed: Confirmed | None = None,
    legal_entity: LegalEntity,
    channel: str,
    at: datetime,
) -> Survey:
    """Ask a customer about a case: by `channel` if we send by it, else by mail, else a colleague asks by the link.

    contact, confirmed  as of `tell_customer`
    `sent` of the survey says whether a message was left.
    """
    token, way = new_token(), way_to(contact, channel, STAFF_MAIL, confirmed=confirmed)
    survey = Survey.objects.create(
        token_digest=digest_of(token),
        reference=reference,
        customer=contact.customer if contact else None,
        legal_entity=legal_entity,
        channel=way or channel.lower(),
        known_address=way is not None and is_known(contact, way, confirmed or {}),
        asked_at=at,
        ends_at=at + OPEN_FOR,
    )
    survey.token = token
    left = tell_customer(
        "survey",
        contact,
        confirmed=confirmed,
        about=reference,
        method=survey.channel,
        at=at,
        text=token,
        context={"ends_at": survey.ends_at.isoformat()},
    )
    survey.sent = left is not None
    return survey


def is_known(contact: Feedback | None, way: str, confirmed: Confirmed) -> bool:
    """Whether a message by this way reaches the customer where they are known: as we had it, or as two confirmed."""
    name = senders()[way].address
    if name in confirmed:
        return True
    customer = contact.customer if contact else None
    if contact is None or customer is None or name in contact.unproven:
        return False
    known: str = getattr(customer, f"{name}_index")
    given: Sealed = getattr(contact, name)
    return known != "" and known == blind_index(name, unseal(given.token, row=given.row, field=given.field))


def opt_out(token: str, *, at: datetime) -> Survey:
    """The customer wants no surveys any more, by their own word from where they are known. In the caller's transaction.

    Raises as `open_survey`, and NotTheirAddress.
    """
    survey = still_open(Survey.objects.select_for_update().filter(token_digest=digest_of(token)).first(), at)
    if survey.customer_id is None or not survey.known_address:
        raise NotTheirAddress
    Customer.objects.filter(pk=survey.customer_id, no_surveys_since=None).update(no_surveys_since=at)
    survey.waived_at, survey.waived_reason = at, OPTED_OUT
    survey.save(update_fields=["waived_at", "waived_reason"])
    return survey


def new_link(survey: Survey) -> str:
    """A new secret for a survey that is handed over in another way than it was sent; the old one opens nothing."""
    survey.token = new_token()
    survey.token_digest = digest_of(survey.token)
    survey.save(update_fields=["token_digest"])
    return survey.token


def open_survey(token: str, *, at: datetime) -> Survey:
    """The survey of a link, to be shown. Raises UnknownSurvey, SurveyAnswered, SurveyExpired."""
    return still_open(Survey.objects.filter(token_digest=digest_of(token)).first(), at)


def answer(token: str, *, answer: str, at: datetime, csat: int | None = None, comment: str = "") -> Survey:
    """Write down the answer, in the caller's transaction. A second answer is refused, also at the same moment.

    csat  1 (bad) to 5 (good)
    Raises as `open_survey`, and Invalid.
    """
    check(answer, csat)
    survey = still_open(Survey.objects.select_for_update().filter(token_digest=digest_of(token)).first(), at)
    survey.answer, survey.csat, survey.answered_at = answer, csat, at
    survey.words = comment = without_secrets(comment)  # type: ignore[assignment]
    survey.comment = redact(comment)
    survey.save()
    return survey


def waive(reference: str, *, reason: str, actor: User, at: datetime) -> int:
    """Stop asking about a case: its open surveys end with the reason. Returns how many."""
    still_asked = Survey.objects.filter(reference=reference, answered_at__isnull=True, waived_at__isnull=True)
    return still_asked.update(waived_at=at, waived_reason=reason, waived_by=actor)


def still_open(survey: Survey | None, at: datetime) -> Survey:
    if survey is None:
        raise UnknownSurvey
    if survey.answered_at is not None:
        raise SurveyAnswered
    if survey.waived_at is not None or at >= survey.ends_at:
        raise SurveyExpired
    return survey


def check(answer: str, csat: int | None) -> None:
    """Raises Invalid for an answer or a score that is not on the form."""
    refused = {}
    if answer not in Answer.values:
        refused["answer"] = [_("Choose one of: {known}.").format(known=", ".join(Answer.values))]
    if csat is not None and csat not in range(1, 6):
        refused["csat"] = [_("Give 1 to 5 points.")]
    if refused:
        raise Invalid(refused)
