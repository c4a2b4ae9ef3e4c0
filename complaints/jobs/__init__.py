"""后台任务: each kind of job is one file here."""

from complaints.jobs.case_list import CaseList
from complaints.jobs.dossier import DossierJob
from complaints.jobs.ledger import LedgerJob
from organization.jobs import JobKind

JOBS: dict[str, JobKind] = {kind.key: kind for kind in (CaseList(), LedgerJob(), DossierJob())}
