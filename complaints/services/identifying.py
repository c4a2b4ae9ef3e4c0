"""核实身份 (Art. 22): by what a colleague knows that it is the customer who speaks, and who may be a stranger."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy as pgettext

from complaints.dossier import Dossier
from complaints.models import Contact
from feedback import channels
from feedback.models import Feedback

BY_WHAT = "identity_check"  # the list of codes
NOT_THEM = "NOT_SELF"  # the result of a contact: it was somebody else
# Contacts in which somebody was asked who they are.
CHECKS = Q(purpose=Contact.Purpose.IDENTITY) | ~Q(identity="")


class Identity(models.TextChoices):
    """What is known of whoever raised a case."""

    VERIFIED = "verified", pgettext("identity", "Verified")
    LOGGED_IN = "logged_in", pgettext("identity", "Logged in")  # the channel knows who speaks
    STRANGER = "stranger", pgettext("identity", "Not the customer")  # the last check has shown it
    DOUBTFUL = "doubtful", pgettext("identity", "To be verified")  # gave other values than the customer has
    UNKNOWN = "unknown", pgettext("identity", "Not verified")


def last_check(dossier: Dossier) -> Contact | None:
    """The newest one; of a case that began from another one also those made there."""
    return Contact.objects.filter(CHECKS, case__in=dossier.line).order_by("pk").last()


def identity_of(dossier: Dossier) -> Identity:
    """What is known of whoever raised it; a page has read it with the case, unless it began from another one."""
    case, shown = dossier.case, getattr(dossier.case, "given", None)
    if shown is not None and (shown["check"] or not getattr(case, "linked", True)):
        return as_read(case)
    check, contact = last_check(dossier), dossier.contact
    return judged(
        result=check.result if check else "",
        channel=contact.channel if contact else "",
        differs=bool(contact and contact.differs),
    )


def as_read(case: Any) -> Identity:
    """The same of a case that a page has read. case: with `given` (complaints/desk/contacts.py)"""
    check, message = case.given["check"] or {}, case.given["given"] or {}
    return judged(result=check.get("result", ""), channel=case.channel, differs=bool(message.get("differs")))


def judged(*, result: str, channel: str, differs: bool) -> Identity:
    """result: of the newest check; empty: nobody was asked. differs: values were given that the customer has not"""
    if result:
        return Identity.STRANGER if result == NOT_THEM else Identity.VERIFIED
    if differs:
        return Identity.DOUBTFUL
    intake = channels.intakes().get(channel)
    return Identity.LOGGED_IN if intake is not None and intake.knows_who_speaks else Identity.UNKNOWN


def may_be_a_stranger(dossier: Dossier) -> bool:
    return identity_of(dossier) in {Identity.STRANGER, Identity.DOUBTFUL}


def is_of_a_stranger(message: Feedback | None, address: str) -> bool:
    """Whether a colleague typed in an address that the customer was not known by: it may be anybody's, also their own.

    address  phone, email, openid
    """
    return message is not None and address in message.unproven
