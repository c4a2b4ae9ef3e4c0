"""A verb as a dialog: GET shows its form, POST runs it. What the server refuses is said in the dialog."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from complaints.desk.beginning import beginning
from complaints.desk.casepage import case_context, reached
from complaints.desk.forms import Control, controls, given, paired, typed
from complaints.desk.pending import open_approvals
from complaints.desk.sending import sending
from complaints.desk.shell import FRAGMENT, StaffRequest, desk_page, fragment, framed, is_htmx
from complaints.desk.suggesting import suggest
from complaints.dossier import Dossier, Missing
from complaints.errors import Stale
from complaints.models import Case
from complaints.verbs import VERBS, Verb
from organization.models import User
from organization.refusals import refused
from organization.rights import barred, rights_of
from sqm_site.errors import DomainError, Forbidden, Invalid
from sqm_site.fields import number

DECIDES = "decide_approval"


@dataclass
class Refusal:
    """Why the server did not take what was sent.

    code  the word of a domain error
    """

    status: int
    sentence: str = ""
    code: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


@require_http_methods(["GET", "POST"])
@desk_page
def verb_dialog(request: StaffRequest, reference: str, name: str) -> HttpResponse:
    if name not in VERBS:
        raise Http404
    case, verb = reached(request, reference), VERBS[name]
    if request.method == "GET":
        closed = verb.why_not(Dossier(case), request.user, timezone.now())
        begun = beginning(case, verb, request.GET.get("kind", ""))
        return dialog(request, case, verb, begun, Refusal(200, closed) if closed else None)
    refusal = run(request, case, verb)
    if refusal is not None and refusal.status == Forbidden.status_code:
        refused(request, f"case:{case.reference}", verb=name, code=refusal.code)
    if refusal is not None:
        return dialog(request, reached(request, reference), verb, typed(request.POST), refusal)
    used = Case.objects.select_related("handling_unit", "offered_unit").get(pk=case.pk)
    if not rights_of(request.user).reaches(used):
        return left_behind(request, used, verb)
    if back := back_of(request):
        return back_to_list(request, case, verb, back)
    if is_htmx(request):
        done = fragment(request, "desk/_case.html", kind="done", **case_context(request, reached(request, reference)))
        done["HX-Retarget"], done["HX-Reswap"] = "#case", "outerHTML show:none"
        return done
    messages.success(request, happened(case).format(verb=verb.label))
    return redirect("desk:case", reference)


def back_of(request: StaffRequest) -> str:
    """The list from which a verb was used, where the reader goes on: an address of our own. Empty: none."""
    asked = request.GET if request.method == "GET" else request.POST
    address = asked.get("back", "")
    return address if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def back_to_list(request: StaffRequest, case: Case, verb: Verb, address: str) -> HttpResponse:
    said = f"{case.reference}: {happened(case).format(verb=verb.label)}"
    messages.success(request, said)
    if not is_htmx(request):
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address, FRAGMENT: "done"})


def happened(case: Case) -> str:
    """What is said of a verb that was used: done, or asked for."""
    asked = case.events.latest("sequence").verb == "ask_approval"
    return _("“{verb}” is asked for: a second person decides.") if asked else _("“{verb}” is done.")


def left_behind(request: StaffRequest, case: Case, verb: Verb) -> HttpResponse:
    """Back to the list: the case is none any more for whoever was barred by what they said, or sent it elsewhere."""
    concerns = _("“{verb}” is done. The case concerns you now, so others go on with it.")
    elsewhere = _("“{verb}” is done. The case has left your area, so others go on with it.")
    said = concerns if barred(case, request.user) else elsewhere
    messages.success(request, said.format(verb=verb.label))
    address = back_of(request) or reverse("desk:queue")
    if not is_htmx(request):
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address, FRAGMENT: "done"})


def run(request: StaffRequest, case: Case, verb: Verb) -> Refusal | None:
    """Use the verb with what was typed; the refusal, or None when it is done."""
    version = None if verb.leaves_etag else number(request.POST.get("version", ""))
    try:
        arguments = verb.form.read(given(verb.form, request.POST))
        verb.run(case.reference, actor=request.user, version=version, **arguments)
    except ValidationError as error:
        return Refusal(400, fields=dict(error.detail))  # type: ignore[arg-type]
    except Invalid as error:
        return Refusal(400, fields=dict(error.fields))
    except Stale:
        return Refusal(412, _("Something has happened on this case since you opened it. Look at it, then send again."))
    except DomainError as error:
        return Refusal(error.status_code, str(error), error.code)
    return None


def dialog(
    request: StaffRequest, case: Case, verb: Verb, initial: dict[str, Any], refusal: Refusal | None
) -> HttpResponse:
    """The form in the drawer; without htmx the whole page with the drawer open."""
    refusal = refusal or Refusal(200)
    dossier = Dossier(case, reader=request.user)
    asked, rows = verb.form.asked(dossier), controls(verb.form, initial, refusal.fields, verb.form.options(dossier))
    fields = suggest([row for row in rows if row.name in asked], case, request.user)
    star(fields, verb, dossier, request.user)
    fields.sort(key=lambda one: one.name == verb.moment)  # mostly left empty: it happens now
    shown: dict[str, Any] = {
        "case": case,
        "verb": verb,
        "sending": sending(case, verb, fields, asks=verb.asks(dossier, actor=request.user, at=dossier.at, given={})),
        "controls": paired(fields),
        "typed": request.method == "POST",
        "pending": open_approvals(case, dossier.approvals, timezone.now()) if verb.name == DECIDES else [],
        "refusal": refusal.sentence or stray(refusal, fields),
        "warnings": [*verb.warns(dossier)],
        "closed": request.method == "GET" and bool(refusal.sentence),
        "back": back_of(request),
    }
    if not is_htmx(request):
        page = case_context(request, case) | shown | {"dialog": True}
        return framed(request, "desk/case.html", status=refusal.status, **page)
    if refusal.status == Stale.status_code:
        shown |= case_context(request, case) | {"refreshed": True}
    return fragment(request, "desk/_dialog.html", status=refusal.status, **shown)


def star(fields: list[Control], verb: Verb, dossier: Dossier, user: User) -> None:
    """What the gate asks of this case beyond the form, such as the cause of a complaint, is marked as wanted, too."""

    def missing(filled: dict[str, Any]) -> set[Missing]:
        return set(verb.missing(dossier, actor=user, at=dossier.at, given=filled))

    example = verb.form.read(verb.form.example(dossier))
    wanted, anyway = {one.field for one in missing({})}, missing(example)
    for one in fields:
        without = {name: value for name, value in example.items() if name != one.name}
        lacks = one.name in example and missing(without) - anyway
        one.starred = one.required or (one.name not in verb.form.either and (one.name in wanted or bool(lacks)))


def stray(refusal: Refusal, fields: list[Control]) -> str:
    """Errors of fields that the dialog does not show."""
    shown = {one.name for one in fields}
    return " ".join(str(word) for name, words in refusal.fields.items() if name not in shown for word in words)
