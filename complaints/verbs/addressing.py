"""Where answers go: to the address that came with the message of the case, or to one that a person confirmed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext
from rest_framework.exceptions import ValidationError

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, prose
from complaints.models import ADDRESSES, Address
from complaints.verb import Given, always, verb
from organization.models import User
from security.blind import blind_index, normalise
from sqm_site.errors import Invalid
from sqm_site.fields import StrictChar

LONGEST = {"phone": 40, "email": 254, "openid": 64}  # as at the door of messages


class AddressField(StrictChar):
    """One personal value of a kind (`security.blind`), or nothing. What is none is refused with a sentence about it."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST[kind], format=kind, required=False, allow_blank=True, default="", **kwargs)
        self.kind = kind

    def to_internal_value(self, data: Any) -> str:
        written = super().to_internal_value(data)
        try:
            return written and normalise(self.kind, written)
        except Invalid as error:
            raise ValidationError(error.fields[self.kind], code="invalid") from None


class ConfirmAddress(Form):
    either = frozenset(ADDRESSES)
    phone = AddressField("phone", label=gettext_lazy("Phone"))
    email = AddressField("email", label=gettext_lazy("E-mail"))
    openid = AddressField("openid", label=gettext_lazy("WeChat openid"))
    reason = prose(gettext_lazy("What shows that it is the customer's"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        name = f"{dossier.case.reference}-{dossier.case.event_count}".lower()
        return {**super().example(dossier), "email": f"{name}@example.com"}


def new_one(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """Exactly one, so that each has its own ground; and not what is used anyway."""
    named = [name for name in ADDRESSES if given.get(name)]
    if len(named) != 1:
        yield Missing(_("Give one address: a phone number, an e-mail address or an openid."), "email")
        return
    (name,) = named
    used = dossier.confirmed.get(name)
    if used is not None and used.index == blind_index(name, given[name]):
        yield Missing(_("This address is confirmed already."), name)


@verb(ConfirmAddress, pgettext("verb", "Confirm address"), gate=new_one, second_person=always)
def confirm_address(act: Act, *, reason: str, phone: str = "", email: str = "", openid: str = "") -> None:
    """确认联系方式: the customer said later where they are reached. From now on what we send by this way goes there.

    Always by two: whoever takes the case later could hear in the customer's place, the survey too. The value is
    sealed, in the row and in the text of the event; pages and the timeline show its mask.
    """
    kind, value = next((name, said) for name, said in (("phone", phone), ("email", email), ("openid", openid)) if said)
    act.says("reason", reason)
    act.says(kind, value)
    act.move()
    row = Address(case=act.case, by=act.actor, at=act.at, event_sequence=act.sequence)
    setattr(row, kind, value)
    act.keeps(row)
