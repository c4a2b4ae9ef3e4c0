"""How the admin theme is set up: names, colours, files and the side navigation. Apps appear as strings only."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

BLUE = {
    "50": "239 246 255",
    "100": "219 234 254",
    "200": "191 219 254",
    "300": "147 197 253",
    "400": "96 165 250",
    "500": "59 130 246",
    "600": "37 99 235",
    "700": "29 78 216",
    "800": "30 64 175",
    "900": "30 58 138",
    "950": "23 37 84",
}


def environment(request: HttpRequest) -> list[Any]:
    """What stands at the top of every page, so that nobody mistakes a try-out for the real thing."""
    return [_("Production"), "info"] if settings.PRODUCTION else [_("Not production"), "warning"]


def subheader(request: HttpRequest) -> Any:
    """Whose pages these are, or what they are for."""
    return settings.INSTITUTION or _("Complaints and feedback")


def _file(path: str) -> Any:
    return lambda request: static(path)


def _may(permission: str) -> Any:
    return lambda request: request.user.has_perm(permission)


def _table(title: Any, icon: str, app: str, model: str, permission: str = "") -> dict[str, Any]:
    """An entry for a table of the admin, for whoever has the permission (default: to look at it)."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may(permission or f"{app}.view_{model}"),
    }


def _page(title: Any, icon: str, name: str, permission: str, *more: str) -> dict[str, Any]:
    """An entry for a page of our own. `more`: the addresses below it, where it stays marked."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(name),
        "permission": permission,
        "active": lambda request: request.resolver_match.view_name in {name, *more},
    }


MAY_BE_TOLD = "complaints.desk.shell.may_be_told"
MAY_SEE_CONCERNED = "complaints.desk.shell.may_see_concerned"
MAY_SEE_CLUES = "complaints.desk.shell.may_see_clues"
MAY_SEE_CASES = "complaints.desk.shell.may_see_cases"
MAY_EXPORT = "complaints.desk.shell.may_export"
MAY_SEE_KPIS = "complaints.desk.shell.may_see_kpis"
MAY_SEE_LOADS = "complaints.desk.shell.may_see_loads"
MAY_SEE_REPORT = "complaints.desk.shell.may_see_sla_report"
WAITING = "organization.proposing_pages.waiting"
NAVIGATION: list[dict[str, Any]] = [
    {
        "title": pgettext("navigation", "Work"),
        "items": [
            _page(_("My queue"), "inbox", "desk:queue", MAY_SEE_CASES),
            _page(_("Cases"), "folder_open", "desk:cases", MAY_SEE_CASES, "desk:case", "desk:verb", "desk:reveal"),
            _page(_("Transfers"), "account_balance", "desk:transfers", MAY_SEE_CASES),
            _page(pgettext("navigation", "Tasks"), "handshake", "desk:tasks", MAY_SEE_CASES, "desk:task"),
            _page(
                pgettext("navigation", "About our unit"),
                "domain",
                "desk:concerned",
                MAY_SEE_CONCERNED,
                "desk:concerned-case",
            ),
            _page(pgettext("navigation", "Promises"), "event_available", "desk:promises", MAY_SEE_CASES),
            _page(_("Redress"), "payments", "desk:redress", MAY_SEE_CASES),
            _page(
                pgettext("navigation", "Clues of brokers"),
                "person_alert",
                "desk:clues",
                MAY_SEE_CLUES,
                "desk:clues-of-case",
            ),
            _page(pgettext("navigation", "Spot checks"), "fact_check", "quality:spot-checks", MAY_SEE_CASES),
            _page(_("Notices"), "notifications", "desk:notices", MAY_BE_TOLD),
            _page(pgettext("navigation", "Ledgers"), "menu_book", "desk:ledgers", MAY_EXPORT),
            _page(pgettext("navigation", "Jobs"), "downloading", "desk:jobs", MAY_EXPORT),
            _page(_("Team"), "group", "desk:team", MAY_SEE_LOADS, "desk:hand-over"),
            _page(_("Absences"), "event_busy", "desk:absences", MAY_SEE_CASES),
        ],
    },
    {
        "title": pgettext("navigation", "Quality"),
        "separator": True,
        "items": [
            _page(_("Dashboard"), "monitoring", "quality:dashboard", MAY_SEE_KPIS, "quality:cases"),
            _page(_("Process console"), "account_tree", "quality:process", MAY_SEE_REPORT),
            _page(_("Deadline report"), "timer", "quality:sla-report", MAY_SEE_REPORT, "quality:due"),
        ],
    },
    {
        "title": pgettext("navigation", "Organisation"),
        "separator": True,
        "collapsible": True,
        "items": [
            _table(_("Units"), "account_tree", "organization", "unit"),
            _table(_("Teams"), "groups", "organization", "team"),
            _table(_("Partner institutions"), "handshake", "organization", "partner"),
            _table(_("Users"), "person", "organization", "user"),
            _table(_("Memberships"), "badge", "organization", "membership"),
            _table(_("Absences"), "event_busy", "organization", "absence", "organization.change_absence"),
            _table(_("API clients"), "key", "organization", "apiclient"),
            _table(_("Waiting for a second person"), "approval", "organization", "proposal") | {"badge": WAITING},
        ],
    },
    {
        "title": pgettext("navigation", "Rules"),
        "collapsible": True,
        "items": [
            _table(_("Calendars"), "calendar_month", "sla", "calendar"),
            _table(pgettext("navigation", "Calendar days"), "event", "sla", "calendarday"),
            _table(_("Rule sets"), "gavel", "sla", "ruleset"),
            _table(_("Deadline policies"), "hourglass_top", "sla", "policy"),
            _table(_("Escalation ladders"), "stairs", "sla", "ladder"),
            _table(_("Routing rules"), "alt_route", "complaints", "routingrule", "complaints.change_routingrule"),
            _table(
                _("Countersigning rules"), "draw", "complaints", "countersignrule", "complaints.change_countersignrule"
            ),
            _table(_("KPI targets"), "flag", "quality", "target", "quality.change_target"),
            _table(_("Codes"), "list_alt", "complaints", "code", "complaints.change_code"),
        ],
    },
    {
        "title": pgettext("navigation", "Audit"),
        "collapsible": True,
        "items": [
            _table(_("Audit records"), "verified_user", "security", "auditrow"),
            _table(_("Messages sent"), "outgoing_mail", "feedback", "notice", "security.view_auditrow"),
        ],
    },
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of whoever asks. The theme would make a class for each entry to find out whether they may see it."""
    parts = ({**part, "items": [*open_to(request, part["items"])]} for part in NAVIGATION)
    return [part for part in parts if part["items"]]


def open_to(request: HttpRequest, entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries whose page the reader may see, without the question."""
    for entry in entries:
        asked = entry["permission"]
        allowed = import_string(asked) if isinstance(asked, str) else asked
        if allowed(request):
            yield {name: value for name, value in entry.items() if name != "permission"}


# Each has one job; the first is what the others share.
SCRIPTS = (
    "words", "a11y", "countdown", "drafts", "combo", "drawer", "composer", "signin", "sending", "answers", "walking",
    "finder", "timeline", "keys", "leaving", "choosing", "files",
)  # fmt: skip

UNFOLD = {
    "SITE_TITLE": _("Service quality"),
    "SITE_HEADER": _("Service quality"),
    "SITE_SUBHEADER": "sqm_site.theme.subheader",
    "SITE_SYMBOL": "support_agent",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("sqm/icon.svg")}],
    "SHOW_LANGUAGES": True,
    "ENVIRONMENT": "sqm_site.theme.environment",
    "COLORS": {"primary": BLUE},
    "STYLES": [_file("sqm/sqm.css")],
    "SCRIPTS": [_file(f"sqm/{name}.js") for name in SCRIPTS],
    # search_models would read every row of every table for each letter typed
    "COMMAND": {"search_models": False, "search_callback": "complaints.desk.palette.palette"},
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": navigation},
}
