from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import SafeString

from complaints import countdown
from complaints.desk.sending import DIALOG_KEYS
from complaints.desk.timeleft import TimeLeft
from complaints.services import redress
from complaints.services.taxonomy import label
from complaints.verb import Verb
from organization.rights import rights_of

register = template.Library()


@register.simple_tag
def script_words() -> dict[str, Any]:
    """The words of the scripts (static/sqm), as data attributes."""
    return countdown.script_words()


@register.simple_tag
def time_left(left: TimeLeft, named: Any = "") -> SafeString:
    """A deadline as every page shows it. named: of what"""
    return left.drawn(named)


@register.simple_tag
def code(dimension: str, value: str) -> str:
    """What a code of the taxonomy is called."""
    return label(dimension, value)


@register.filter
def hours(length: timedelta) -> str:
    """A length of working time."""
    return countdown.working_words(length)


@register.filter
def money(amount: Decimal | None) -> str:
    """An amount in yuan, or a dash."""
    return redress.money(amount) or "—"


@register.filter
def key_of(verb: Verb) -> str:
    """The letter that opens the dialog of a verb; empty for most."""
    return DIALOG_KEYS.get(verb.name, "")


@register.simple_tag(takes_context=True)
def called(context: template.Context, verb: Verb) -> Any:
    """The words of a verb on a case, for whoever reads: one's own case nobody chases, one writes down who did."""
    own = bool(verb.to_owner) and context["case"].owner_id == context["request"].user.pk
    return verb.to_owner if own else verb.label


@register.simple_tag(takes_context=True)
def desk_frame(context: template.Context) -> dict[str, bool]:
    """What of the desk stands on every page for whoever reads it: N, C, Q, and cases in the search."""
    user = context["request"].user
    if isinstance(user, AnonymousUser):
        return {}
    rights = rights_of(user)
    return {"take": rights.has("take_next"), "register": rights.has("take_in"), "cases": rights.has("view")}
