"""台账 as XLSX: one ledger over some days, of the units that the reader reads, with subtotals by branch."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from complaints.ledgers import LEDGERS
from complaints.ledgers.base import Chosen, Known, Ledger
from complaints.sheets import MOST_ROWS, Sheet
from organization.jobs import JobKind, Run, TooMuch
from organization.models import Job, Unit, User
from sqm_site.errors import Invalid
from sqm_site.reporting import reading_reports

BATCH = 1000


class LedgerJob(JobKind):
    key = "ledger"

    def read(self, given: QueryDict, user: User) -> dict[str, Any]:
        """Raises Invalid."""
        ledger, since, until = given.get("ledger", ""), day_of(given, "since"), day_of(given, "until")
        if ledger not in LEDGERS:
            raise Invalid({"ledger": [str(_("Choose a ledger."))]})
        if until < since:
            raise Invalid({"until": [str(_("The last day lies before the first. Correct one of them."))]})
        code = given.get("unit", "").strip()
        if code and not Unit.objects.filter(legal_entity=user.legal_entity_id, code=code).exists():
            raise Invalid({"unit": [str(_("There is no unit {code}. Choose one of the list.").format(code=code))]})
        return {"ledger": ledger, "since": str(since), "until": str(until), "unit": code}

    def titled(self, arguments: Mapping[str, Any]) -> str:
        days = f"{arguments['since']} – {arguments['until']}"
        return " ".join(filter(None, (LEDGERS[arguments["ledger"]].title, days, arguments["unit"])))

    def named(self, job: Job) -> str:
        days = f"{job.arguments['since']}_{job.arguments['until']}"
        return "_".join(filter(None, (LEDGERS[job.arguments["ledger"]].title, days, job.arguments["unit"]))) + ".xlsx"

    def write(self, run: Run) -> bytes:
        ledger, chosen = LEDGERS[run.arguments["ledger"]], chosen_of(run)
        with translation.override("zh-hans"), reading_reports():
            known = Known.of(run.user.legal_entity_id)
            keys = by_branch(ledger, run, chosen, known)
            words = f"期间：{chosen.since} 至 {chosen.until}　机构：{chosen.unit or '权限内全部机构'}"
            by, at = run.user.display_name, run.job.asked_at
            sheet = Sheet(ledger.title, ledger.headed(), about=words, by=by, at=at)
            fill(sheet, ledger, run, keys, known)
            return sheet.close(f"口径：{ledger.rule}；姓名已脱敏", words)


def day_of(given: QueryDict, name: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(given.get(name, ""))
    except ValueError:
        raise Invalid({name: [str(_("Give the first and the last day as 2026-01-31."))]}) from None


def chosen_of(run: Run) -> Chosen:
    code, since, until = (run.arguments[name] for name in ("unit", "since", "until"))
    unit = Unit.objects.get(legal_entity=run.user.legal_entity_id, code=code) if code else None
    return Chosen(date.fromisoformat(since), date.fromisoformat(until), unit)


def by_branch(ledger: Ledger, run: Run, chosen: Chosen, known: Known) -> list[tuple[Unit, Any]]:
    """(first-level branch, key) of all rows, of one moment: branch by branch, and within it by day. Raises TooMuch."""
    keys = list(ledger.keys(run.user, chosen)[: MOST_ROWS + 1])
    if len(keys) > MOST_ROWS:
        raise TooMuch
    found = [(known.branch(unit), key) for unit, key in keys]
    return sorted(found, key=lambda one: (not one[0].is_root, one[0].code))


def fill(sheet: Sheet[Any], ledger: Ledger, run: Run, keys: list[tuple[Unit, Any]], known: Known) -> None:
    """The rows, batch by batch, with a line under those of each branch. A row that is gone meanwhile is left out."""
    branch: Unit | None = None
    for batch in run.batches(keys, BATCH):
        found = ledger.entries([key for _branch, key in batch], known)
        for here, key in batch:
            if branch is not None and branch != here:
                sheet.subtotal(branch.name)
            branch = here
            if key in found:
                sheet.write(found[key])
    if branch is not None:
        sheet.subtotal(branch.name)
    sheet.total()
