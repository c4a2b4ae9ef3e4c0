"""拆分: what one message raises beside the matter of a case becomes a case of its own."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import Form, optional, prose
from complaints.models import Case
from complaints.services.splitting import split_from
from complaints.verb import Given, took_part, verb
from organization.models import User


class Split(Form):
    text = prose(gettext_lazy("What is handled apart"))
    reason = optional(prose, gettext_lazy("Reason"))


def no_review(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if dossier.case.kind == Case.Kind.REVIEW:
        yield Missing(_("A review is about one decision: it is not split."))


def measured(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """Of one hard case several easy ones would be good figures for whoever answers for them."""
    return took_part(dossier, actor)


@verb(Split, pgettext("verb", "Split"), gate=no_review, second_person=measured)
def split(act: Act, *, text: str, reason: str = "") -> None:
    """拆分: one of several matters goes on in a case of its own, with the receipt and the deadlines of the law that
    this one has; this one stays as it is.

    text  the words that the new case is about
    """
    act.says("text", text)
    act.says("reason", reason)
    act.move()
    new = split_from(act.case, words=text, title=act.readable(text), by=act.actor, at=act.at)
    act.notes(other=new.pk)
    act.tell(new.owner, "offer")
    act.tell_first_receiver()
