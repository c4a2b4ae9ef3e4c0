"""合作机构 (Art. 10): which partner institution a case is about, or is asked."""

from django.utils.translation import gettext as _

from complaints.models import Case
from organization.models import Partner
from sqm_site.errors import Invalid


def partners_of(case: Case) -> list[Partner]:
    """Those that may be named, by name."""
    rows = Partner.objects.filter(legal_entity_id=case.legal_entity_id, active=True)
    return list(rows.select_related("unit").order_by("name", "pk"))


def partner_named(case: Case, code: str) -> Partner:
    """The one of this code in the legal entity of the case. Raises Invalid, naming the field."""
    found = next((one for one in partners_of(case) if one.code == code), None)
    if found is None:
        raise Invalid({"partner": [str(_("There is no active partner institution of this code."))]})
    return found


def choices_for(case: Case) -> dict[str, list[tuple[str, str]]]:
    """What a form offers for its field `partner`; where there are none it has no such field."""
    return {"partner": [("", ""), *((one.code, one.name) for one in partners_of(case))]}
