"""文书: a letter is issued about a case, under a number of its own and in words that stay."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, optional, prose
from complaints.letters import LETTERS, number_of
from complaints.letters.kinds import CUSTOMER
from complaints.models import Letter, draw_number
from complaints.verb import Given, verb
from complaints.verbs.approving import asker
from feedback import services as feedback
from organization.models import Unit, User
from sqm_site.fields import StrictChoice

NOBODY_NAMED = "尊敬的客户"


class IssueLetter(Form):
    kind = StrictChoice(Letter.Kind.choices, label=pgettext("letter", "Letter"))
    text = optional(prose, gettext_lazy("Words of the letter"), max_length=20_000)


def says_what_it_must(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """What the law and the case want in it may be put in other places, and not left out."""
    kind = LETTERS.get(given.get("kind", ""))
    if kind is None:
        yield Missing(_("Choose a letter."), "kind")
    elif why_not := kind.why_not(dossier):
        yield Missing(why_not, "kind")
    elif given.get("text"):
        said = _("The letter must still say: {words}")
        for phrase in kind.lacking(dossier, given.get("text", "")):
            yield Missing(said.format(words=phrase), "text")


def in_other_words(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """What decides or promises says what was approved; whoever writes more into it does not do so alone."""
    kind, text = LETTERS.get(given.get("kind", "")), given.get("text")
    return bool(kind and kind.binds and text and not kind.why_not(dossier) and not kind.is_draft(dossier, text))


@verb(
    IssueLetter,
    pgettext("verb", "Issue a letter"),
    gate=says_what_it_must,
    second_person=in_other_words,
    leaves_etag=True,
)
def issue_letter(act: Act, *, kind: str, text: str = "") -> None:
    """出具文书: the letter gets the next number of its kind, unit and year; its words never change.

    text  default: the draft, as the case stands
    It moves no deadline and tells nobody: how the customer got it is said by the verb that tells.
    """
    words = text or LETTERS[kind].draft(act.dossier)
    issue(act, kind, words.replace(CUSTOMER, name_of(act)), unit=act.case.handling_unit)
    act.move()


def issue(act: Act, kind: str, words: str, *, unit: Unit) -> str:
    """Keep a letter under the next number of its kind and unit. Return the number as it stands on the paper (文号)."""
    year = timezone.localdate(act.at).year
    number = draw_number(unit.pk, year, kind)
    act.says("letter", words)
    act.notes(letter=kind, year=year, number=number)
    letter = Letter(
        case=act.case,
        round=act.round,
        legal_entity_id=act.case.legal_entity_id,
        kind=kind,
        unit=unit,
        year=year,
        number=number,
        by=asker(act),
        at=act.at,
        event_sequence=act.sequence,
    )
    act.keeps(letter)
    return number_of(letter)


def name_of(act: Act) -> str:
    """The name of the customer, sealed with the words of the letter: only whoever prints it reads it, on record."""
    customer = act.case.customer
    return (feedback.opened(customer.name) if customer else "") or NOBODY_NAMED
