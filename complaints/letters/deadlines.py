"""Letters about a deadline of the law that ends later than it would: 延期, 扣除期间, 重新计算."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.dossier import Dossier
from complaints.letters.kinds import LAW, LetterKind, day_of
from complaints.models import Approval, Exclusion, Extension
from complaints.services.clocks import CaseClocks
from complaints.services.taxonomy import label
from sla import services as sla

# By which an institution may take longer.
ARTICLES = {"CBIRC-2020-3": "第十八条", "PBOC-2020-5": "第四十三条"}


def last_extension(dossier: Dossier) -> Extension | None:
    return dossier.case.extensions.filter(round=dossier.round).order_by("-pk").first()


def unless_extended(dossier: Dossier) -> str:
    if dossier.license("extend") or last_extension(dossier):
        return ""
    return _("Only once an extension is granted.")


def extended(dossier: Dossier) -> dict[str, Any]:
    """Of what is granted and not told yet, else of what was told last in this round."""
    if granted := dossier.license("extend"):
        rule, ground = granted.arguments["rule"], granted.arguments["ground"]
        until = datetime.fromisoformat(granted.arguments["until"])
    else:
        done = last_extension(dossier)
        assert done is not None
        rule, ground, until = done.rule, done.ground, done.now
    return {"ground": label("extension_ground", ground), "until": day_of(until), "law": law_of(dossier, rule)}


def law_of(dossier: Dossier, rule: str) -> str:
    """The law whose deadline it is, with its article where we know it."""
    names = [clock.rule_set.name for clock in dossier.clocks if clock.rule_set and clock.rule_set.key == rule]
    return f"《{names[0]}》{ARTICLES.get(rule, '')}" if names else LAW


def exclusions(dossier: Dossier) -> list[Exclusion]:
    return [row for row in dossier.exclusions if row.round_id == dossier.round.pk]


def unless_left_out(dossier: Dossier) -> str:
    return "" if exclusions(dossier) else _("Only once an appraisal or a mediation was granted to be left out.")


def left_out(dossier: Dossier) -> dict[str, Any]:
    row = exclusions(dossier)[-1]
    return {
        "ground": label("clock_exclusion", row.ground),
        "since": day_of(row.since),
        "until": day_of(row.end),
        "mediation": row.ground != "APPRAISAL",
    }


def unless_anew(dossier: Dossier) -> str:
    return "" if dossier.license("restart") else _("Only once it is granted that the time counts anew.")


def anew(dossier: Dossier) -> dict[str, Any]:
    granted = dossier.license("restart")
    assert granted is not None
    since = received(granted)
    return {"since": day_of(since), "until": day_of(deadline_anew(dossier, since))}


def received(granted: Approval) -> datetime:
    """When the new material came in."""
    return datetime.fromisoformat(granted.arguments.get("material_at") or granted.asked_at.isoformat())


def deadline_anew(dossier: Dossier, since: datetime) -> datetime:
    """Where the deadline of the law ends, if the complaint had come in with the new material."""
    planned = CaseClocks(dossier.case).due_from(since, at=dossier.at)
    return min(clock.due_at for clock in planned if sla.counts_anew(clock))


LETTERS = (
    LetterKind("extension", "延期办理告知书", "延期告知", unless_extended, extended),
    LetterKind("exclusion", "鉴定、调解期间告知书", "期间告知", unless_left_out, left_out),
    LetterKind("restart", "办理期限重新计算告知书", "重新计算", unless_anew, anew),
)
