"""Whoever acts for the complainant, from the form of the registration: the forms of the verbs that write them down."""

from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from complaints.models.representative import ELECTED, NAME
from complaints.verbs.representing import NO_ADDRESS
from security.blind import normalise
from sqm_site.errors import Invalid

OF_REPRESENTATIVE = (
    "capacity", "representative_name", "representative_phone", "representative_email", "elected", "authority",
    "signed_on", "valid_until", "seen", "kept_as", "identity_seen",
)  # fmt: skip
OF_PAPER = ("authority", "signed_on", "valid_until")


def representatives_of(taken: dict[str, Any]) -> list[dict[str, Any]]:
    """Forms of `add_representative`: who acts for the complainant, or whom several elected. Raises Invalid."""
    lines = [line.split() for line in taken["elected"].splitlines() if line.strip()]
    if not lines:
        one = representative_of(taken)
        return [one] if one else []
    if taken["capacity"] not in {"", ELECTED} or taken[NAME]:
        said = _("Write down who acts for one complainant, or whom several elected: not both.")
        raise Invalid({"elected": [str(said)]})
    same = {name: taken[name] for name in OF_PAPER if taken.get(name)}
    return [{"capacity": ELECTED, **name_and_phone(parts), **same} for parts in lines]


def name_and_phone(parts: list[str]) -> dict[str, str]:
    """Of one line; what stands before the number is the name. Raises Invalid."""
    with suppress(Invalid):
        if len(parts) > 1:
            return {NAME: " ".join(parts[:-1]), "phone": normalise("phone", parts[-1])}
    raise Invalid({"elected": [str(_("Give name and phone of each, one a line."))]})


def representative_of(taken: dict[str, Any]) -> dict[str, Any] | None:
    """The form of `add_representative`, where somebody acts for the complainant. Raises Invalid."""
    if not any(taken.get(name) for name in OF_REPRESENTATIVE):
        return None
    if lacking := [name for name in ("capacity", "representative_name") if not taken[name]]:
        raise Invalid({name: [str(_("Say who acts for the complainant, and as what."))] for name in lacking})
    if not (taken["representative_phone"] or taken["representative_email"]):
        raise Invalid({"representative_phone": [str(NO_ADDRESS)]})
    same = ("capacity", NAME, *OF_PAPER)
    addresses = {name: taken[f"representative_{name}"] for name in ("phone", "email")}
    return {name: taken[name] for name in same if taken.get(name)} | addresses


def paper_of(taken: dict[str, Any]) -> dict[str, Any] | None:
    """The form of `verify_authority`, where whoever acts had their paper with them. Raises Invalid."""
    if not taken["seen"]:
        return None
    if lacking := [name for name in ("authority", "signed_on", "kept_as", "identity_seen") if not taken.get(name)]:
        raise Invalid({name: [str(_("A paper that was seen needs it."))] for name in lacking})
    same = (*OF_PAPER, "seen", "identity_seen")
    return {name: taken[name] for name in same if taken.get(name)} | {"evidence": taken["kept_as"]}
