"""案卷: what an inspector is given of some cases, as one zip."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.bundles import Bundle
from complaints.errors import NotExportable
from complaints.models import Case
from complaints.reading import reached
from complaints.services.reference import parse
from organization.jobs import JobKind, Run
from organization.models import Job, User
from organization.rights import rights_of
from sqm_site.errors import Forbidden, Invalid

MOST_CASES = 100
FIELD = "references"


class DossierJob(JobKind):
    key = "dossier"

    def read(self, given: QueryDict, user: User) -> dict[str, Any]:
        """The numbers, parted by anything. Raises Invalid, WrongReference, NotExportable."""
        written = [word for word in re.split(r"[\s,;，；、]+", given.get(FIELD, "")) if word]
        if not 0 < len(written) <= MOST_CASES:
            said = _("Give the numbers of 1 to {most} cases.").format(most=MOST_CASES)
            raise Invalid({FIELD: [str(said)]})
        return {FIELD: sorted({exportable(word, user).reference for word in written})}

    def titled(self, arguments: Mapping[str, Any]) -> str:
        first, *others = arguments[FIELD]
        said = _("Dossier {first} and {count} more") if others else _("Dossier {first}")
        return said.format(first=first, count=len(others))

    def named(self, job: Job) -> str:
        references = job.arguments[FIELD]
        what = references[0] if len(references) == 1 else f"{len(references)}件"
        return f"案卷_{what}_{timezone.localtime(job.asked_at):%Y%m%d-%H%M}.zip"

    def write(self, run: Run) -> bytes:
        """Each case as it stands when its turn comes. Raises Forbidden for one that the reader lost meanwhile."""
        with Bundle(run.user, run.job.asked_at) as bundle:
            for (reference,) in run.batches(run.arguments[FIELD], 1):
                try:
                    case = exportable(reference, run.user)
                except NotExportable as error:
                    raise Forbidden from error
                bundle.add(case.pk)
            run.subjects = bundle.subjects
            return bundle.close()


def exportable(written: str, user: User) -> Case:
    """The case of a number that the user reads and may export. Raises WrongReference, NotExportable."""
    reference = parse(written)
    case = reached(Case.objects.all(), reference, user)
    if case is None or not rights_of(user).allows(DossierJob.needs, case):
        raise NotExportable(reference=reference)
    return case
