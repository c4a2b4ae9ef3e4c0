"""Letters: which can be issued as the case stands, and each as a page to print and as PDF."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from complaints.desk.casepage import case_context, reached
from complaints.desk.dialogs import verb_dialog
from complaints.desk.shell import StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.dossier import Dossier
from complaints.letters import LETTERS, number_of
from complaints.letters.printing import CannotPrint, pdf_of, printed
from complaints.models import Case, Letter
from complaints.services.downloading import disposition
from complaints.verbs import VERBS
from feedback import services as feedback
from organization.refusals import refused
from organization.rights import rights_of
from security import services as security
from sqm_site.errors import Forbidden

ISSUE = "issue_letter"


@require_http_methods(["GET", "POST"])
@desk_page
def issue_dialog(request: StaffRequest, reference: str) -> HttpResponse:
    """First which letter; then its draft, in the dialog of the verb."""
    if request.method == "POST" or request.GET.get("kind") in LETTERS:
        return verb_dialog(request, reference, ISSUE)
    case = reached(request, reference)
    dossier = Dossier(case)
    closed = VERBS[ISSUE].why_not(dossier, request.user, dossier.at)
    lines = [] if closed else [(Letter.Kind(key).label, key, one.why_not(dossier)) for key, one in LETTERS.items()]
    shown: dict[str, Any] = {"case": case, "refusal": closed, "lines": sorted(lines, key=lambda line: bool(line[2]))}
    if is_htmx(request):
        return fragment(request, "desk/_letters.html", **shown)
    return framed(request, "desk/case.html", **case_context(request, case) | shown | {"choose_letter": True})


@require_GET
@desk_page
def letter_page(request: StaffRequest, reference: str, key: int) -> HttpResponse:
    case, row = letter_of(request, reference, key)
    return page(request, case, row, opened(request, case, row))


@require_GET
@desk_page
def letter_pdf(request: StaffRequest, reference: str, key: int) -> HttpResponse:
    """The PDF; where no font has a character of it, the page to print, which says so."""
    case, row = letter_of(request, reference, key)
    text = opened(request, case, row)
    try:
        content = pdf_of(row, text)
    except CannotPrint as error:
        return page(request, case, row, text, _("There is no PDF, print this page: {why}").format(why=error))
    headers = {
        "Content-Disposition": disposition(f"{number_of(row)}.pdf"),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def page(request: StaffRequest, case: Case, row: Letter, text: str, refusal: str = "") -> HttpResponse:
    shown = printed(row, text)
    about: dict[str, Any] = {"case": case, "row": row, "letter": shown, "refusal": refusal}
    return framed(request, "desk/letter.html", title=shown["number"], **about)


def letter_of(request: StaffRequest, reference: str, key: int) -> tuple[Case, Letter]:
    """The letter and its case, for whoever might issue it: its words hold the customer's name."""
    case = reached(request, reference)
    row = Letter.objects.select_related("unit", "legal_entity").filter(pk=key, case=case).first()
    if row is None:
        raise Http404(_("There is no such letter on this case."))
    if not rights_of(request.user).allows(ISSUE, case):
        refused(request, f"case:{case.reference}", verb=ISSUE, code=Forbidden.code)
        raise PermissionDenied
    return case, row


def opened(request: StaffRequest, case: Case, row: Letter) -> str:
    """The words as they were issued; that they were opened stands on record."""
    text = case.texts.get(event_sequence=row.event_sequence, kind="letter")
    reason = _("Letter {number}, to be handed over").format(number=number_of(row))
    with transaction.atomic():
        known = feedback.known_of(case.customer)
        seen: dict[str, Any] = {"at": timezone.now(), "known": known, "details": {"case": case.reference}}
        return security.reveal(text.words, actor=request.user, reason=reason, **seen)
