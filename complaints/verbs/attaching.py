"""Evidence on a case: what a colleague or a program adds as files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext
from rest_framework import serializers

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import FileThere
from complaints.fields import Form, optional, prose
from complaints.models import Attachment
from complaints.services import attaching
from complaints.verb import NOTE, Given, verb
from organization.models import User
from sqm_site.fields import StrictInteger

MOST = 20  # files of one act


class Attach(Form):
    attachments = serializers.ListField(
        child=StrictInteger(min_value=1, max_value=2**62),
        min_length=1,
        max_length=MOST,
        label=gettext_lazy("Files"),
        help_text="Ids of files that you handed over by `POST /attachments/`.",
    )
    remark = optional(prose, gettext_lazy("Remark"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        waiting = Attachment.objects.waiting().filter(by=dossier.reader).order_by("-pk")
        newest = waiting.values_list("pk", flat=True).first() if dossier.reader else None
        return {"attachments": [newest or 1]}


def handed_over(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    wanted = set(given.get("attachments") or ())
    there = set(Attachment.objects.waiting().filter(pk__in=wanted, by=actor).values_list("pk", flat=True))
    if not wanted:
        yield Missing(_("Choose at least one file."), "attachments")
    elif missing := attaching.lacking(wanted - there):
        yield Missing(missing, "attachments")


@verb(Attach, pgettext("verb", "Attach files"), gate=handed_over, shown_as=NOTE, leaves_etag=True, of_group=True)
def attach(act: Act, *, attachments: list[int], remark: str = "") -> None:
    """上传附件: in any state, which stays. Names are sealed; the event has the digest of each file and of its name."""
    rows = attaching.named(attachments, by=act.actor, case=act.case)
    there = set(act.case.attachments.values_list("sha256", flat=True))
    for row in rows:
        attaching.belongs(row, act.case.customer, case=act.case, message=None)
        if row.sha256 in there:
            raise FileThere(title=row.title)
        there.add(row.sha256)
        act.keeps(row, said=attaching.digest_of(row))
    act.says("remark", remark)
    act.notes(files=len(rows))
    act.move()
