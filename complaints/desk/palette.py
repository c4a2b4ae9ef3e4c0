"""One search everywhere: cases by their number, a part of it or words of them, and the pages the reader may open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.desk.listing import Order
from complaints.desk.marking import Excerpt, excerpts, marked
from complaints.desk.numbers import numbered
from complaints.desk.rows import listed
from complaints.desk.searching import CUSTOMER, NUMBER, WORDS, Search, owned_and_open_first, search
from complaints.desk.shell import StaffRequest, fragment, may_see_cases
from complaints.models import Case
from organization.rights import rights_of
from sqm_site.adminui import SearchResult

SHOWN = 8
SHORTEST = 2  # characters of a word that is searched for: one Chinese character stands in every case
LONGEST = 100


@dataclass(frozen=True)
class Found:
    """One line. press: the key of what it does, where it is no address. said: where its words stand."""

    title: Any
    detail: Any
    link: str
    press: str = ""
    said: Excerpt | None = None


@admin.site.admin_view
@require_GET
def find(request: StaffRequest) -> HttpResponse:
    """What fits the words, in groups; without words what can be done, and all pages."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    parts = ((_("Cases"), cases), (_("Do"), deeds), (_("Pages"), pages))
    groups = [(heading, found) for heading, find_in in parts if (found := find_in(request, words))]
    return fragment(request, "desk/_found.html", words=words, groups=groups)


def palette(request: StaffRequest, term: str) -> list[SearchResult]:
    """For the search of the theme, which ours stands before."""
    rows = cases(request, term.strip()[:LONGEST])
    return [SearchResult(title=row.title, description=row.detail, link=row.link, icon="inbox") for row in rows]


def cases(request: StaffRequest, words: str) -> list[Found]:
    """By number, then by customer, then by words: as many as are shown, each once."""
    if len(words) < SHORTEST or not may_see_cases(request):
        return []
    rows = by_number(request, words, timezone.localdate())
    found = search(request.user, Case.objects.all(), words)
    if found.by != NUMBER:
        rows = once([*rows, *page_of(request, found)])
    if found.by == CUSTOMER and len(rows) < SHOWN:
        found = search(request.user, Case.objects.all(), words, by=WORDS)
        rows = once([*rows, *page_of(request, found)])
    said = excerpts(rows[:SHOWN], found.words)
    lines = [line(row, found.words, said.get(row.pk)) for row in rows[:SHOWN]]
    if len(rows) < SHOWN:
        return lines
    every = reverse("desk:cases") + "?" + urlencode({"q": words})
    return [*lines, Found(_("All cases that fit"), words, every)]


def once(rows: Iterable[Case]) -> list[Case]:
    return list({row.pk: row for row in rows}.values())


def line(case: Case, words: list[str], said: Excerpt | None) -> Found:
    detail = f"{case.reference} · {case.get_state_display()} · {case.owner.display_name if case.owner else '—'}"
    title = marked(case.subject, words) or _("(no text)")
    return Found(title, detail, reverse("desk:case", args=[case.reference]), said=said)


def by_number(request: StaffRequest, words: str, today: date) -> list[Case]:
    """The cases whose reference is, begins with or holds what was typed."""
    wanted = numbered(words, today)
    if not wanted:
        return []
    return list(listed(Case.objects.reachable_by(request.user).filter(wanted)).order_by("-reference")[:SHOWN])


def page_of(request: StaffRequest, found: Search) -> list[Case]:
    """The newest that fit; of these one's own and the open ones first."""
    pages, fitting = found.pages(request.user)
    return owned_and_open_first(pages.page(fitting, request, Order()), request.user)


def deeds(request: StaffRequest, words: str) -> list[Found]:
    rights = rights_of(request.user)
    known = (
        (_("Take the next case"), "take_next", "n", "desk:queue"),
        (_("Register a case"), "take_in", "c", "desk:register"),
    )
    return [
        Found(title, "", reverse(name), key) for title, verb, key, name in known if rights.has(verb) and words in title
    ]


def pages(request: StaffRequest, words: str) -> list[Found]:
    """The entries of the side navigation whose name holds the words."""
    groups: list[dict[str, Any]] = admin.site.get_sidebar_list(request)  # type: ignore[attr-defined]
    return [
        Found(item["title"], group.get("title", ""), str(item["link"]))
        for group in groups
        for item in group["items"]
        if words.casefold() in str(item["title"]).casefold()
    ]
