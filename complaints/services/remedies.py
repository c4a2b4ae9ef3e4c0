"""救济途径: the ways that remain open to whoever does not accept a decision (银保监会令2020年第3号 Art. 19, 20)."""

from django.utils.translation import gettext as _

from complaints.models import Case
from organization.models import Unit


def remedies_of(case: Case) -> str:
    """The words for a decision of the handling unit: review once, and where a superior institution stands above it."""
    superior = superior_of(case.handling_unit) if case.kind != Case.Kind.REVIEW else None
    if superior is None:
        return _("If you do not accept this decision, you may apply for mediation or arbitration, or go to court.")
    said = _(
        "If you do not accept this decision, you may within 30 days of receiving it ask {superior} in writing for a "
        "review; you may also apply for mediation or arbitration, or go to court."
    )
    return said.format(superior=superior.name)


def superior_of(unit: Unit) -> Unit | None:
    """The institution above the one to which a unit belongs. A department is none: it is part of the one above it."""
    own = institution_of(unit)
    return institution_of(own.parent) if own is not None and own.parent is not None else None


def may_handle(case: Case, unit: Unit) -> bool:
    """Whether a unit may have the case: a review stays with the superior institution, or goes above it (Art. 20)."""
    own = institution_of(unit)
    return case.kind != Case.Kind.REVIEW or (own is not None and own.pk in case.receiving_unit.lineage)


def institution_of(unit: Unit | None) -> Unit | None:
    while unit is not None and unit.kind == Unit.Kind.DEPARTMENT:
        unit = unit.parent
    return unit
