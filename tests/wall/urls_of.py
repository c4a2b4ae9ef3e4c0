"""Every address of the service with what it needs. test_rights_of_urls.py asks them all, as every kind of stranger.

A new address gets a line in LINES, a new table of the admin one in tables_of.py: the test that names it says so.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from complaints.verbs import VERBS
from organization.models import Role
from tests.wall.asked_of import (
    Makes,
    a_view,
    absence,
    ahead,
    asked,
    case,
    clue,
    days,
    decided,
    elsewhere,
    handing_over,
    identity,
    message,
    noted,
    objecting,
    of_owner,
    of_unit,
    one_absence,
    one_clue,
    one_file,
    one_letter,
    one_view,
    person_of,
    program,
    registered,
    several,
    signing,
    some_ledger,
    versions,
    worker,
)
from tests.wall.tables_of import TABLES

PUBLIC, SIGNED_IN, NOBODY = "anybody", "anybody signed in", "nobody"  # else: a right of permissions.yml
ANY = "any"  # scope: whatever the key may
MISSING, NOTHING, SAME = "404", "nothing of it", "the same as inside"


class Line(NamedTuple):
    """What one address needs.

    needs    who may ask: PUBLIC, SIGNED_IN, NOBODY, or a right
    args     the parts of the address, of a place
    sends    the query of a GET, the body of a POST, of a place
    foreign  what somebody of another place hears: MISSING, NOTHING (it answers, and names nothing of the place), SAME
    holds    whether the answer to who may names the case of the place
    scope    what an API key needs; empty: keys do not open it
    role     who stands for those who may; empty: the first of permissions.yml
    may      the status for who may; closed: for who may not, inside
    of_entity  the thing is the legal entity's: a sister branch is inside
    """

    needs: str
    method: str = "get"
    args: Makes = lambda place: {}
    sends: Makes = lambda place: {}
    foreign: str = SAME
    holds: bool = False
    scope: str = ""
    role: str = ""
    may: tuple[int, ...] = (200,)
    closed: int = 403
    of_entity: bool = False


VOLUME = {"key": "complaint_volume"}
COUNTED: Makes = lambda place: {"kpi": "complaint_volume", "part": "numerator", **days(place)}  # noqa: E731
READS = {"needs": "view", "foreign": MISSING, "args": case, "holds": True}
LISTS: dict[str, Any] = {"foreign": NOTHING, "holds": True}
KPIS: dict[str, Any] = {"needs": "view_kpis", "scope": "kpis:read"}
BY_UNIT: Makes = lambda place: {"by": "unit,owner", **days(place)}  # noqa: E731
CHOICE = {"app_label": "organization", "model_name": "unit", "field_name": "receiver", "term": ""}

LINES: dict[str, list[Line]] = {
    "": [Line(PUBLIC, may=(302,))],
    "favicon.ico": [Line(PUBLIC, may=(302,))],
    "healthz": [Line(PUBLIC)],
    "readyz": [Line(PUBLIC)],
    "metrics": [Line(PUBLIC, may=(404,))],  # for whoever has the token
    "i18n/setlang/": [Line(PUBLIC, "post", sends=lambda place: {"language": "en"}, may=(302,))],
    "survey/<str:token>/": [Line(PUBLIC, args=lambda place: {"token": place.survey.token}, holds=True)],
    "api/schema/": [Line(PUBLIC)],
    "api/docs/": [Line(PUBLIC)],
    "api/v1/codes/": [Line(SIGNED_IN, scope=ANY)],
    "api/v1/codes/<slug:dimension>/": [Line(SIGNED_IN, args=lambda place: {"dimension": "natures"}, scope=ANY)],
    # the desk
    "desk/": [
        Line("view", sends=lambda place: {"tab": "all"}, **LISTS),
        Line("view", sends=lambda place: {"tab": "overdue"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"tab": "unsigned"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"tab": "escalated"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"tab": "dispatch"}, role=Role.SUPERVISOR, **LISTS),
        Line("view", sends=lambda place: {"tab": "team"}, role=Role.TEAM_LEAD, foreign=NOTHING),
    ],
    "desk/find/": [
        Line(SIGNED_IN, sends=lambda place: {"q": place.case.reference}, role=Role.SUPERVISOR, **LISTS),
        Line(SIGNED_IN, sends=lambda place: {"q": place.case.reference[8:15]}, role=Role.SUPERVISOR, **LISTS),
        Line(SIGNED_IN, sends=lambda place: {"q": "信用卡年费"}, role=Role.SUPERVISOR, **LISTS),
        Line(SIGNED_IN, sends=lambda place: {"q": place.phone}, role=Role.SUPERVISOR, **LISTS),
    ],
    "desk/take/": [Line("take_next", "post", foreign=NOTHING, may=(302,))],
    "desk/give/": [
        Line("assign", "post", sends=lambda place: {"case": place.case.reference, "to": "x"}, foreign=NOTHING),
    ],
    "desk/bulk/": [
        Line("view", may=(302,)),
        Line("note", "post", sends=several, **LISTS),
        Line("note", "post", sends=noted, **LISTS),
    ],
    "desk/clues/": [Line("suspect_broker", role=Role.SUPERVISOR, foreign=NOTHING)],
    "desk/clues/<int:key>/decide/": [
        Line("decide_broker", "post", args=one_clue, sends=decided, foreign=MISSING, may=(302,), role=Role.SUPERVISOR),
    ],
    "desk/cases/<str:reference>/clues/": [
        Line("suspect_broker", args=case, foreign=MISSING, role=Role.SUPERVISOR),
        Line("suspect_broker", "post", args=case, sends=clue, foreign=MISSING, role=Role.SUPERVISOR, may=(302,)),
    ],
    "desk/views/save/": [Line("view", "post", sends=a_view, foreign=NOTHING, may=(302,))],
    "desk/views/<int:key>/": [Line("view", args=one_view, foreign=MISSING, may=(302,))],
    "desk/views/<int:key>/drop/": [Line("view", "post", args=one_view, foreign=MISSING, may=(302,))],
    "desk/register/": [Line("take_in"), Line("take_in", "post", sends=registered, foreign=NOTHING, may=(302,))],
    "desk/register/caller/": [
        Line("take_in", "post", sends=lambda place: {"phone": place.phone}, foreign=NOTHING),
    ],
    "desk/register/held/": [
        Line("take_in", "post", sends=lambda place: {"phone": place.phone}, foreign=NOTHING),
    ],
    "desk/notices/": [Line(SIGNED_IN, role=Role.HANDLER, **LISTS)],
    "desk/notices/read/": [
        Line(SIGNED_IN, "post", sends=lambda place: {"notice": place.notice.pk}, foreign=NOTHING, may=(302,)),
    ],
    "desk/late/": [Line("decide_approval", foreign=NOTHING)],
    "desk/late/decide/": [
        Line("decide_approval", "post", sends=lambda place: {"grant": "yes"}, foreign=NOTHING, may=(302,)),
    ],
    "desk/absences/": [
        Line("view", foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "past"}, foreign=NOTHING),
        Line("record_absence", "post", sends=absence, foreign=NOTHING, may=(302, 400), role=Role.SUPERVISOR),
    ],
    "desk/absences/<int:key>/end/": [
        Line("record_absence", "post", args=one_absence, foreign=MISSING, may=(302,), role=Role.SUPERVISOR),
    ],
    "desk/team/": [Line("view_sla_report", foreign=NOTHING)],
    "desk/team/<str:username>/": [
        Line("assign", args=person_of, foreign=MISSING, role=Role.SUPERVISOR),
        Line("assign", "post", args=person_of, sends=handing_over, foreign=MISSING, role=Role.SUPERVISOR),
    ],
    "desk/cases/": [
        Line("view", **LISTS),
        Line("view", sends=lambda place: {"q": "信用卡年费"}, **LISTS),
        Line("view", sends=lambda place: {"q": place.phone}, **LISTS),
        Line("view", sends=lambda place: {"q": place.phone[-4:]}, **LISTS),
    ],
    "desk/promises/": [Line("view", sends=lambda place: {"which": "all"}, foreign=NOTHING)],
    "desk/redress/": [Line("view", sends=lambda place: {"which": "all"}, foreign=NOTHING)],
    "desk/tasks/": [
        Line("view", foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "sent"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "ended"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "orders"}, foreign=NOTHING),
    ],
    "desk/concerned/": [Line("view_concerned", sends=lambda place: {"which": "all"}, foreign=NOTHING)],
    "desk/concerned/<str:reference>/": [
        Line("view_concerned", args=elsewhere, foreign=MISSING),
        Line("view_concerned", "post", args=elsewhere, sends=objecting, foreign=MISSING, may=(409,)),
    ],
    "desk/cases/<str:reference>/tasks/<int:number>/": [
        Line("view", args=asked, foreign=MISSING, holds=True),
        Line("view", "post", args=asked, sends=signing, foreign=MISSING, role=Role.HANDLER, may=(302,)),
    ],
    "desk/transfers/": [Line("view", sends=lambda place: {"which": "all"}, foreign=NOTHING)],
    "desk/cases/<str:reference>/": [Line(**READS)],
    "desk/cases/<str:reference>/news/": [Line(**READS | {"holds": False})],
    "desk/cases/<str:reference>/stays/": [Line(**READS)],
    "desk/cases/<str:reference>/attach/": [
        Line(**READS),
        Line("attach", "post", args=case, foreign=MISSING, role=Role.SUPERVISOR, may=(422,)),
    ],
    "desk/cases/<str:reference>/attachments/<int:key>/": [
        Line("view", args=lambda place: {**case(place), "key": place.file.pk}, foreign=MISSING),
        Line("reveal", args=identity, foreign=MISSING, role=Role.SUPERVISOR),
        Line(
            "reveal", "post", args=identity, sends=lambda place: {"reason": "x"}, foreign=MISSING, role=Role.SUPERVISOR
        ),
    ],
    "desk/cases/<str:reference>/issue_letter/": [
        Line("view", args=case, foreign=MISSING),
        Line(
            "issue_letter",
            "post",
            args=case,
            sends=lambda place: {"kind": "registration"},
            foreign=MISSING,
            role=Role.SUPERVISOR,
            may=(302,),
        ),
    ],
    "desk/cases/<str:reference>/letters/<int:key>/": [
        Line("issue_letter", args=one_letter, foreign=MISSING, role=Role.SUPERVISOR)
    ],
    "desk/cases/<str:reference>/letters/<int:key>/pdf/": [
        Line("issue_letter", args=one_letter, foreign=MISSING, role=Role.SUPERVISOR)
    ],
    "desk/cases/<str:reference>/reveal/": [
        Line("reveal", args=case, foreign=MISSING, role=Role.SUPERVISOR),
        Line(
            "reveal",
            "post",
            args=case,
            sends=lambda place: {"value": "phone", "reason": "To call the customer back"},
            foreign=MISSING,
            role=Role.SUPERVISOR,
        ),
    ],
    "desk/jobs/": [Line("export", foreign=NOTHING)],
    "desk/jobs/<slug:kind>/": [
        Line("export", "post", args=lambda place: {"kind": "case_list"}, foreign=NOTHING, may=(302,)),
        Line("export", "post", args=lambda place: {"kind": "ledger"}, sends=some_ledger, foreign=NOTHING, may=(302,)),
        Line(
            "export",
            "post",
            args=lambda place: {"kind": "dossier"},
            sends=lambda place: {"references": place.case.reference},
            foreign=MISSING,
            role=Role.SUPERVISOR,
            may=(302,),
        ),
    ],
    "desk/ledgers/": [Line("export", foreign=NOTHING)],
    "desk/jobs/<int:key>/file/": [
        Line("export", args=lambda place: {"key": place.exported.pk}, foreign=MISSING, role=Role.SUPERVISOR),
    ],
    "desk/jobs/<int:key>/cancel/": [
        Line(
            "export",
            "post",
            args=lambda place: {"key": place.waiting.pk},
            foreign=MISSING,
            role=Role.SUPERVISOR,
            may=(302,),
        ),
    ],
    "desk/people/": [Line("view", sends=lambda place: {"q": f".{place.code}"}, foreign=NOTHING, of_entity=True)],
    "desk/units/": [Line("view", sends=lambda place: {"q": place.unit.code}, foreign=NOTHING, of_entity=True)],
    "desk/cases/<str:reference>/takers/": [
        Line("assign", args=case, foreign=MISSING),
        Line("assign", args=case, sends=lambda place: {"q": place.people["handler"].username}, foreign=MISSING),
    ],
    # the API
    "api/v1/feedback/": [
        Line(NOBODY, "post", sends=message, scope="feedback:write", may=(201,)),
        Line(NOBODY, "post", sends=of_unit(message), foreign=MISSING, scope="feedback:write", may=(201,)),
        Line(
            NOBODY,
            "post",
            sends=lambda place: message(place, case=place.case.reference),
            foreign=MISSING,
            scope="feedback:write",
            may=(201,),
        ),
    ],
    "api/v1/attachments/": [Line("attach", "post", scope="feedback:write", may=(415,))],
    "api/v1/attachments/<int:id>/": [Line("view", args=one_file, foreign=MISSING, scope="cases:read")],
    "api/v1/attachments/<int:id>/content/": [Line("view", args=one_file, foreign=MISSING, scope="cases:read")],
    "api/v1/cases/<str:reference>/attachments/": [Line(**READS | {"holds": False}, scope="cases:read")],
    "api/v1/cases/": [
        Line("view", scope="cases:read", **LISTS),
        Line("view", sends=lambda place: {"unit": place.code, "ordering": "next_due_at"}, scope="cases:read", **LISTS),
    ],
    "api/v1/cases/<str:reference>/": [Line(**READS, scope="cases:read")],
    "api/v1/cases/<str:reference>/timeline/": [Line(**READS | {"holds": False}, scope="cases:read")],
    "api/v1/cases/<str:reference>/clocks/": [Line(**READS | {"holds": False}, scope="cases:read")],
    "api/v1/cases/<str:reference>/stays/": [Line(**READS | {"holds": False}, scope="cases:read")],
    "api/v1/kpis/": [Line(**KPIS)],
    "api/v1/kpis/<slug:key>/": [
        Line(**KPIS, args=lambda place: VOLUME, sends=BY_UNIT, foreign=NOTHING),
        Line(**KPIS, args=lambda place: VOLUME, sends=of_unit(days), foreign=MISSING),
    ],
    "api/v1/kpis/<slug:key>/cases/": [
        Line(**KPIS, args=lambda place: VOLUME, sends=days, **LISTS),
        Line(**KPIS, args=lambda place: VOLUME, sends=of_unit(days), foreign=MISSING),
    ],
    "api/v1/sla/report/": [
        Line("view_sla_report", sends=days, foreign=NOTHING, scope="kpis:read"),
        Line("view_sla_report", sends=of_unit(days), foreign=MISSING, scope="kpis:read"),
    ],
    "api/v1/sla/due/": [Line("view", sends=lambda place: {"hours": "744"}, scope="cases:read", **LISTS)],
    # the pages of figures
    "quality/dashboard/": [
        Line("view_kpis", foreign=NOTHING),
        Line("view_kpis", sends=of_unit(lambda place: {}), foreign=MISSING),
    ],
    "quality/process/": [Line("view_sla_report", foreign=NOTHING)],
    "quality/sla-report/": [
        Line("view_sla_report", **LISTS),
        Line("view_sla_report", sends=of_unit(lambda place: {}), foreign=MISSING),
    ],
    "quality/cases/": [
        Line("view_kpis", sends=COUNTED, **LISTS),
        Line("view_kpis", sends=of_unit(COUNTED), foreign=MISSING),
        Line("view_kpis", sends=of_owner(COUNTED), **LISTS),
    ],
    "quality/spot-checks/": [
        Line("view", foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "done"}, foreign=NOTHING),
        Line("view", sends=lambda place: {"which": "people"}, foreign=NOTHING),
    ],
    "quality/due/": [
        Line("view_sla_report", sends=ahead, **LISTS),
        Line("view_sla_report", sends=of_unit(ahead), foreign=MISSING),
        Line("view_sla_report", sends=of_owner(ahead), **LISTS),
    ],
    # the admin, but for its tables
    "admin/": [Line(SIGNED_IN, may=(200, 302))],
    "admin/login/": [Line(PUBLIC, may=(200, 302))],
    "admin/logout/": [Line(PUBLIC, "post", may=(200, 302))],
    "admin/jsi18n/": [Line(SIGNED_IN)],
    "admin/password_change/": [Line(SIGNED_IN)],
    "admin/password_change/done/": [Line(SIGNED_IN)],
    "admin/search/": [
        Line(
            SIGNED_IN, sends=lambda place: {"s": place.case.reference, "extended": "1"}, role=Role.SUPERVISOR, **LISTS
        ),
    ],
    "admin/autocomplete/": [Line("configure", sends=lambda place: CHOICE)],
    "admin/r/<path:content_type_id>/<path:object_id>/": [
        Line(
            SIGNED_IN,
            args=lambda place: {
                "content_type_id": ContentType.objects.get_for_model(type(place.case)).pk,
                "object_id": place.case.pk,
            },
            may=(404,),
        ),
    ],
    "admin/<app_label>/": [
        Line("configure", args=lambda place: {"app_label": "sla"}, closed=404),  # as an application that is none
    ],
    "admin/(?P<url>.*)$": [Line(SIGNED_IN, args=lambda place: {"url": "nothing/"}, may=(404,))],
    "admin/complaints/routingrule/what-they-do/": [Line("view", foreign=NOTHING, of_entity=True)],
    "admin/organization/user/<path:object_id>/one-time-password/": [
        Line("keep_people", args=worker, foreign=NOTHING, of_entity=True),
        Line("keep_people", "post", args=worker, foreign=NOTHING, of_entity=True),
    ],
    "admin/organization/user/<path:object_id>/unlock/": [
        Line("keep_people", args=worker, foreign=NOTHING, of_entity=True),
        Line("keep_people", "post", args=worker, foreign=NOTHING, of_entity=True, may=(302,)),
    ],
    "admin/organization/apiclient/<path:object_id>/revoke/": [
        Line("keep_people", args=program, foreign=NOTHING, of_entity=True),
        Line("keep_people", "post", args=program, foreign=NOTHING, of_entity=True, may=(302,)),
    ],
}
LINES |= {
    f"admin/sla/{name}/<path:object_id>/end-and-copy/": [
        Line("configure", args=lambda place, name=name: versions(place, name), foreign=NOTHING, of_entity=True)
    ]
    for name in ("ruleset", "policy", "ladder")
}
# Each verb has two doors, asked for every verb.
PAGE_OF_VERB = "desk/cases/<str:reference>/<slug:name>/"
DOORS = {name: (PAGE_OF_VERB, f"api/v1/cases/<str:reference>/{name}/") for name in VERBS}


OF_ROW = ("", "change/", "history/", "delete/")
PAGES = ("", "add/", *(f"<path:object_id>/{page}" for page in OF_ROW))


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Every address as the URLconf writes it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        written = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, written)
        elif isinstance(pattern, URLPattern):
            yield "admin/<app_label>/" if "(?P<app_label>" in written else written


def lines() -> Iterator[str]:
    yield from LINES
    yield from {door for doors in DOORS.values() for door in doors}
    for name in TABLES:
        yield from (f"admin/{name.replace('.', '/')}/{page}" for page in PAGES)
