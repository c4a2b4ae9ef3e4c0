"""Files on the page of a case: handed over in a dialog or by dropping them, and downloaded one by one."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.api.attachments import AttachmentInput
from complaints.desk.casepage import case_context, reached
from complaints.desk.shell import StaffRequest, View, desk_page, fragment, framed, is_htmx
from complaints.dossier import Dossier
from complaints.errors import FileTooLarge, GateNotMet
from complaints.models import DOCUMENTS, Attachment, Case
from complaints.services.attaching import hand_over
from complaints.services.downloading import given_out
from complaints.services.taxonomy import codes
from complaints.verbs import VERBS
from complaints.verbs.attaching import MOST
from organization.refusals import refused
from organization.rights import rights_of
from security.filenames import clean_name
from security.kinds import KINDS
from sqm_site.errors import DomainError, Forbidden, Invalid
from sqm_site.storing import MEGABYTE

FILE, LAST = "file", "whole"  # fields of the form; the last one arrives only if all before it did
REASONS = (
    gettext_lazy("To verify who is complaining"),
    gettext_lazy("To verify who may act for the complainant"),
    gettext_lazy("To compare it with our records"),
)


def takes_files(most: int) -> Callable[[View], View]:
    """A page to which more may be sent than to others, in bytes. See sqm_site.middleware.Guard."""

    def marked(view: View) -> View:
        view.max_body_bytes = most  # type: ignore[attr-defined]
        return view

    return marked


@takes_files(settings.CASE_ATTACHMENT_BYTES + MEGABYTE)
@require_http_methods(["GET", "POST"])
@desk_page
def attach_dialog(request: StaffRequest, reference: str) -> HttpResponse:
    case = reached(request, reference)
    if request.method == "GET":
        closed = VERBS["attach"].why_not(Dossier(case), request.user, timezone.now())
        return drawer(request, case, {"attach": True, "refusal": closed, "closed": bool(closed)}, 200)
    try:
        names = attached(request, case)
    except (DomainError, ValidationError) as error:
        return refusal(request, case, error)
    messages.success(request, _("Attached: {names}").format(names=_(", ").join(names)))
    return redirect("desk:case", case.reference)


def attached(request: StaffRequest, case: Case) -> list[str]:
    """Store what was chosen and add it to the case, all or nothing. Raises DomainError, ValidationError."""
    verb, at, files = VERBS["attach"], timezone.now(), request.FILES.getlist(FILE)
    closed = verb.closed(Dossier(case, at), actor=request.user, at=at, given={})
    if closed is not None:
        raise closed
    if not files or len(files) > MOST or LAST not in request.POST:
        missing = _("Choose one to {most} files, and send them again.").format(most=MOST)
        raise GateNotMet(verb=verb.label, missing=[missing])
    given = AttachmentInput.read({"document": request.POST.get("document", "")})
    rows = [stored(request, file, given["document"]) for file in files]
    asked = verb.form.read({"attachments": [row.pk for row in rows], "remark": request.POST.get("remark", "")})
    verb.run(case.reference, actor=request.user, at=at, **asked)
    return [row.title for row in rows]


def stored(request: StaffRequest, file: UploadedFile, document: str) -> Attachment:
    if (file.size or 0) > settings.ATTACHMENT_BYTES:
        raise FileTooLarge(most=settings.ATTACHMENT_BYTES // MEGABYTE)
    try:
        name = clean_name(file.name or "")
        return hand_over(file.read(), name=name, by=request.user, at=timezone.now(), document=document)[0]
    except Invalid as error:
        shown = (file.name or "")[:80]
        said = {field: [f"{shown}: {sentence}" for sentence in words] for field, words in error.fields.items()}
        raise Invalid(said) from error


def refusal(request: StaffRequest, case: Case, error: DomainError | ValidationError) -> HttpResponse:
    if isinstance(error, Forbidden):
        refused(request, f"case:{case.reference}", verb="attach", code=error.code)
    fields: Any = error.detail if isinstance(error, ValidationError) else getattr(error, "fields", None)
    said = " ".join(str(word) for words in fields.values() for word in words) if fields else str(error)
    status = error.status_code
    typed = {name: request.POST.get(name, "") for name in ("document", "remark")}  # no browser takes files back
    return drawer(request, reached(request, case.reference), {"attach": True, "refusal": said, **typed}, status)


def drawer(request: StaffRequest, case: Case, shown: dict[str, Any], status: int) -> HttpResponse:
    """A dialog of files in the drawer; without htmx the whole page with the drawer open."""
    shown = {"case": case, "document": "", "remark": "", **offered(), **shown}
    template = "desk/_attach.html" if "attach" in shown else "desk/_download.html"
    if is_htmx(request):
        return fragment(request, template, status=status, **shown)
    return framed(request, "desk/case.html", status=status, **case_context(request, case) | shown)


def offered() -> dict[str, Any]:
    """What the form says of what is taken."""
    return {
        "documents": [(row.code, row.label) for row in codes(DOCUMENTS).values()],
        "endings": ",".join(f".{ending}" for kind in KINDS.values() for ending in kind.endings),
        "megabytes": settings.ATTACHMENT_BYTES // MEGABYTE,
        "most": MOST,
        "reasons": REASONS,
    }


@require_http_methods(["GET", "POST"])
@desk_page
def download(request: StaffRequest, reference: str, key: int) -> HttpResponse:
    """An identity document is asked for with a reason (POST), by whoever may see values in clear."""
    case = reached(request, reference)
    row = Attachment.objects.select_related("case__customer").filter(pk=key, case=case).first()
    if row is None:
        raise Http404(_("There is no such file on this case."))
    shown = {"file": row, "download": True, "may_open": rights_of(request.user).allows("reveal", case)}
    try:
        if row.is_identity and not shown["may_open"]:
            raise Forbidden
        if row.is_identity and request.method == "GET":
            return drawer(request, case, shown, 200)
        reason = (request.POST.get("ready") or request.POST.get("reason", "")).strip()
        return given_out(row, actor=request.user, at=timezone.now(), reason=reason)
    except DomainError as error:
        if isinstance(error, Forbidden):
            refused(request, f"attachment:{row.pk}", code=error.code)
        return drawer(request, case, {**shown, "refusal": str(error)}, error.status_code)
