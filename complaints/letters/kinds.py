"""What a kind of letter is, what its template knows, and how a draft says which of its words must stay."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone, translation

from complaints.dossier import Dossier
from complaints.models import Case
from organization.models import InstitutionType

# How an institution calls itself.
WE: dict[str, str] = {
    InstitutionType.BANK: "我行",
    InstitutionType.PROPERTY_INSURER: "本公司",
    InstitutionType.LIFE_INSURER: "本公司",
    InstitutionType.WEALTH_MANAGER: "本机构",
    InstitutionType.OTHER: "本机构",
}
LAW = "《银行业保险业消费投诉处理管理办法》"  # 银保监会令2020年第3号; a letter about one deadline names its own law
CUSTOMER = "〔投诉人〕"  # stands in a draft for the name, which only the paper shows
REQUIRED = "required"  # in the context of a template: the phrases inside {% must %}


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter.

    key      one of `Letter.Kind`, and the name of the template
    title    as it stands on the paper
    mark     the word in its number (文号)
    why_not  (dossier) -> why it cannot be issued as the case stands, in a sentence; empty: it can
    facts    (dossier) -> what its template knows beside what all know
    binds    it decides or promises: other words than those of the draft need a second person
    """

    key: str
    title: str
    mark: str
    why_not: Callable[[Dossier], str]
    facts: Callable[[Dossier], Mapping[str, Any]]
    binds: bool = False

    def draft(self, dossier: Dossier, **more: Any) -> str:
        """The words to begin with. more: what is known only as it is issued"""
        return self.rendered(dossier, **more)[0]

    def is_draft(self, dossier: Dossier, text: str) -> bool:
        """Whether it says what the draft says, and nothing else."""
        return closed_up(text) == closed_up(self.draft(dossier))

    def lacking(self, dossier: Dossier, text: str) -> list[str]:
        """What must stand in the letter and does not: facts, the ground in law, the ways that remain."""
        given = closed_up(text)
        return [phrase for phrase in self.rendered(dossier)[1] if closed_up(phrase) not in given]

    def rendered(self, dossier: Dossier, **more: Any) -> tuple[str, list[str]]:
        """The words, and the phrases that must stay; in Chinese, whatever the reader's pages are in."""
        required: list[str] = []
        with translation.override("zh-hans"):
            known = {**known_to_all(dossier), **self.facts(dossier), **more, REQUIRED: required}
            words = (
                Engine.get_default().get_template(f"letters/{self.key}.txt").render(Context(known, autoescape=False))
            )
        lines = (line.strip() for line in words.splitlines())
        return "\n".join(line for line in lines if line), required


def closed_up(text: str) -> str:
    """Without spaces and breaks: they say nothing in Chinese."""
    return "".join(text.split())


def known_to_all(dossier: Dossier) -> dict[str, Any]:
    case = dossier.case
    return {
        "we": WE[case.legal_entity.institution_type],
        "law": LAW,
        "institution": case.legal_entity.name,
        "unit": office(case),
        "customer": CUSTOMER,
        "reference": case.reference,
        "received": day_of(case.received_at),
        "deadline": day_of(case.promised_due_at) if case.promised_due_at else "",
        "telephone": settings.TELEPHONE,
    }


def office(case: Case) -> str:
    """Institution and unit; once, where the unit is called after the institution."""
    name, unit = case.legal_entity.name, case.handling_unit.name
    return unit if unit.startswith(name) else f"{name}{unit}"


def day_of(value: date | datetime) -> str:
    """2026年3月9日, of a moment the day in the institution's zone."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return f"{day.year}年{day.month}月{day.day}日"


def texts_of(case: Case, sequence: int) -> dict[str, str]:
    """kind -> what was written in one event, as people read it."""
    return dict(case.texts.filter(event_sequence=sequence).values_list("kind", "text"))
