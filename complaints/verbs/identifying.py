"""核实身份 (Art. 22): whoever speaks is asked who they are before they are told anything, and how is written down."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, line, optional
from complaints.models import Contact
from complaints.services.identifying import BY_WHAT, NOT_THEM
from complaints.verb import Given, verb
from complaints.verbs.contacting import REACHED, keep_contact
from organization.models import User
from sqm_site.fields import StrictBoolean

AT_THE_COUNTER = ("IN_PERSON",)
# What can only be done to whoever stands there.
BY_SIGHT = ("ID_ORIGINAL",)


class VerifyIdentity(Form):
    identity = CodeField(BY_WHAT, label=gettext_lazy("Verified by"))
    method = CodeField("notification_method", label=gettext_lazy("Method"), default="PHONE")
    passed = StrictBoolean(label=gettext_lazy("It is the customer"), default=True)
    recording = optional(line, gettext_lazy("Recording number"))
    happened_at = Moment()

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        return {**super().example(dossier), "identity": "KNOWN_NUMBER"}


def by_sight(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """A document is looked at where it is; of an unknown customer there is nothing to compare with."""
    yield from seen_where_it_is(given)
    if dossier.case.customer_id is None and given.get("identity") not in {None, *BY_SIGHT}:
        yield Missing(_("The customer is not known: there is nothing to compare with but a document."), "identity")


def seen_where_it_is(given: Given) -> Iterator[Missing]:
    if given.get("identity") in BY_SIGHT and given.get("method") not in AT_THE_COUNTER:
        yield Missing(_("A document is seen at the counter: choose another way of verifying."), "identity")


@verb(VerifyIdentity, pgettext("verb", "Verify identity"), gate=by_sight, leaves_etag=True)
def verify_identity(
    act: Act,
    *,
    identity: str,
    method: str = "PHONE",
    passed: bool = True,
    recording: str = "",
    happened_at: datetime | None = None,
) -> None:
    """核实身份: by what it is known that the customer speaks, or that it is somebody else. It is no contact of ours.

    passed  False: it was somebody else, who is told nothing
    """
    result = REACHED if passed else NOT_THEM
    act.says("evidence", recording)
    act.notes(method=method, result=result, identity=identity)
    act.move()
    keep_contact(
        act,
        method=method,
        result=result,
        outbound=False,
        recording=recording,
        purpose=Contact.Purpose.IDENTITY,
        identity=identity,
    )
