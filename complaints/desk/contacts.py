"""The customer of a case and whoever wrote: which values there are, and what they are called."""

from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils.dateparse import parse_datetime
from django.utils.translation import pgettext_lazy

from complaints.dossier import Dossier
from complaints.models import ADDRESSES, STEMS, Address, Case, Contact, Message, Representative
from complaints.services.identifying import CHECKS, Identity, as_read
from security.fields import Sealed

VALUES = {
    "phone": pgettext_lazy("value", "Phone"),
    "name": pgettext_lazy("value", "Name"),
    "email": pgettext_lazy("value", "E-mail"),
    "id_no": pgettext_lazy("value", "ID number"),
    "customer_no": pgettext_lazy("value", "Customer number"),
    "openid": pgettext_lazy("value", "WeChat openid"),
    "given_phone": pgettext_lazy("value", "Phone given with this message"),
    "given_email": pgettext_lazy("value", "E-mail given with this message"),
    "given_name": pgettext_lazy("value", "Name given with this message"),
    "confirmed_phone": pgettext_lazy("value", "Phone confirmed since"),
    "confirmed_email": pgettext_lazy("value", "E-mail confirmed since"),
    "confirmed_openid": pgettext_lazy("value", "WeChat openid confirmed since"),
    "representative_name": pgettext_lazy("value", "Name of the representative"),
    "representative_phone": pgettext_lazy("value", "Phone of the representative"),
    "representative_email": pgettext_lazy("value", "E-mail of the representative"),
    "words": pgettext_lazy("value", "The customer's own words"),
}
TONES = {Identity.VERIFIED: "good", Identity.LOGGED_IN: "good", Identity.UNKNOWN: ""}
OF_CUSTOMER = ("phone", "name", "email", "id_no", "customer_no", "openid")
OF_MESSAGE = {"given_phone": "phone", "given_email": "email", "given_name": "name", "words": "words"}


# What was given with the message that opened a case, read with the case: a page has no statement to spare.
OF_CONTACT = {name: f"feedback__{name}" for name in ("name_masked", "phone_masked", "email_masked", "differs")}
OPENED = Message.objects.filter(opened=True).values(given=JSONObject(**OF_CONTACT))
# Of a review, and of what was split off, what the case brought that it began from.
STEM = {"case__linked_from__case": OuterRef("pk"), "case__linked_from__kind__in": STEMS}
GIVEN = Coalesce(Subquery(OPENED.filter(case=OuterRef("pk"))[:1]), Subquery(OPENED.filter(**STEM)[:1]))


def confirmed(name: str) -> Subquery:
    """The mask of the address of a kind that a person confirmed last."""
    rows = Address.objects.filter(case=OuterRef("pk")).exclude(**{f"{name}_masked": ""})
    return Subquery(rows.order_by("-pk").values(f"{name}_masked")[:1])


ASKED = Contact.objects.filter(CHECKS, case=OuterRef("pk")).order_by("-pk")
CHECK = {**{name: name for name in ("identity", "result", "happened_at")}, "who": F("by__display_name")}
CONTACT = JSONObject(
    given=GIVEN,
    check=Subquery(ASKED.values(shown=JSONObject(**CHECK))[:1]),
    **{name: confirmed(name) for name in ADDRESSES},
)


def contact_of(case: Any) -> dict[str, Any]:
    """Where answers go, and of which values the customer has others: whoever knows a number may be somebody else.

    case  with `given`, by CONTACT
    """
    given, check = case.given["given"] or {}, case.given["check"] or {}
    identity = as_read(case)
    return {
        "identity": identity,
        "identity_tone": TONES.get(identity, "bad"),
        "check": check | {"at": parse_datetime(check["happened_at"])} if check else {},
        "contact": given,
        "confirmed": [(VALUES[f"confirmed_{name}"], case.given[name]) for name in ADDRESSES if case.given[name]],
        "differing": [str(VALUES[key]) for key in given.get("differs", [])],
    }


def ways_to(case: Any) -> set[str]:
    """The kinds of address by which the customer is reached: phone, email, openid."""
    given = case.given["given"] or {}
    return {name for name in ADDRESSES if case.given[name] or given.get(f"{name}_masked")}


def sealed_values(case: Case) -> dict[str, list[Sealed]]:
    """What can be opened on this case: the customer's values, those given first or confirmed since, all messages."""
    dossier = Dossier(case)
    found = {
        **({name: [getattr(case.customer, name)] for name in OF_CUSTOMER} if case.customer else {}),
        **of_messages(case),
        **{f"confirmed_{name}": [value] for name, value in dossier.confirmed.items()},
        **of_representatives(dossier),
    }
    present = {name: [one for one in values if one.present] for name, values in found.items()}
    return {name: values for name, values in present.items() if values}


def of_messages(case: Case) -> dict[str, list[Sealed]]:
    """Of the first message what was given with it; of all of them the words."""
    messages = Message.objects.filter(case=case).select_related("feedback").order_by("-opened", "pk")
    written = [message.feedback for message in messages]
    return {
        name: [getattr(one, field) for one in (written if name == "words" else written[:1])]
        for name, field in OF_MESSAGE.items()
    }


def of_representatives(dossier: Dossier) -> dict[str, list[Sealed]]:
    rows = list(Representative.objects.filter(case__in=dossier.line, ended_at=None).order_by("pk"))
    return {f"representative_{name}": [getattr(row, name) for row in rows] for name in ("name", "phone", "email")}
