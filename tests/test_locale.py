"""The Chinese side is complete: nobody meets an English word because a translation was forgotten."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.contrib import admin
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from organization.models import ApiClient, User
from sqm_site.catalogues import ROOT, compile_catalogues
from sqm_site.theme import NAVIGATION

CATALOGUES = sorted(ROOT.glob("locale*/*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
OUTSIDE = shutil.ignore_patterns(".*", "tests", "benchmarks", "docs", "samples", "locale*", "static", "migrations")
# Addresses that a reader without a login may open.
PAGES = ["/admin/login/"]
# Names that stay Latin in a Chinese page.
LATIN = {"SQM", "Alt", "API", "KPI", "SLA", "English", "Ctrl", "Enter", "Esc", "esc", "hans"}


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.relative_to(ROOT).parts[0])
def catalogue(request) -> Catalog:
    return read(request.param)


def test_both_folders_have_a_catalogue():
    assert {path.relative_to(ROOT).parts[0] for path in CATALOGUES} == {"locale", "locale_unfold"}


def test_nothing_is_untranslated_or_fuzzy(catalogue):
    assert not catalogue.fuzzy
    assert not [message.id for message in catalogue if message.id and (message.fuzzy or not all(said(message)))]


def test_a_translation_keeps_the_placeholders(catalogue):
    changed = [
        message.id
        for message in catalogue
        if message.id
        for words in said(message)
        if words and sorted(PLACEHOLDER.findall(words)) != sorted(PLACEHOLDER.findall(first(message)))
    ]
    assert not changed


def test_no_sentence_takes_the_institution_for_a_bank():
    """F45: an insurer called itself 我行."""
    catalogue = read(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po")
    assert not [words for message in catalogue for words in said(message) if re.search("我行|本行|班组", words)]


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_every_string_of_the_code_is_in_the_catalogue(tmp_path):
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=OUTSIDE)
    (copy / "locale").mkdir()
    made = subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans", "--verbosity", "0"],
        cwd=copy,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr

    present = keys(read(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"))
    found = keys(read(copy / "locale/zh_Hans/LC_MESSAGES/django.po"))
    assert sorted(found - present) == [], "run makemessages and translate these"
    assert sorted(present - found) == [], "nothing uses these any more: take them out"


def test_a_catalogue_is_compiled_only_when_it_is_older(tmp_path):
    source = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Case"\nmsgstr "工单"\n')

    assert compile_catalogues(tmp_path) == [source]
    assert compile_catalogues(tmp_path) == []
    with source.with_suffix(".mo").open("rb") as file:
        assert read_mo(file).get("Case").string == "工单"
    assert [path.name for path in sorted(source.parent.iterdir())] == ["django.mo", "django.po"]

    later = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (later, later))
    assert compile_catalogues(tmp_path) == [source]


def test_a_process_that_began_without_catalogues_lays_names_down_in_the_language_of_the_site(tmp_path, settings):
    """The first start on a new machine named its calendar and its deadlines in English: gettext had found nothing."""
    source = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Moonlight"\nmsgstr "月光"\n'
    )
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    with translation.override(settings.LANGUAGE_CODE):
        assert gettext("Moonlight") == "Moonlight"

    compile_catalogues(tmp_path)

    assert gettext("Moonlight") == "月光"


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_in_chinese_shows_no_english_word(client, address):
    compile_catalogues()
    answer = client.get(address, headers={"accept-language": "zh-CN"})

    assert answer.status_code == 200
    assert english_words(answer.content.decode()) == []


@pytest.mark.parametrize(
    "address",
    [
        "/desk/",
        "/desk/?tab=all",
        "/desk/cases/",
        "/desk/register/",
        "/desk/transfers/?which=all",
        "/desk/redress/?which=all",
        "/desk/tasks/?which=sent",
        "/desk/tasks/?which=orders",
        "/desk/absences/",
        "/desk/concerned/?which=all",
        "/desk/promises/?which=all",
        "/desk/notices/",
        "/quality/dashboard/",
        "/quality/sla-report/",
        "/quality/process/",
        "/quality/spot-checks/",
        "/quality/spot-checks/?which=people",
        "case",
    ],
)
def test_a_page_for_people_in_chinese_shows_no_english_word(client, case, receiver, supervisor, address):
    compile_catalogues()
    for person, name in ((receiver, "受理岗"), (supervisor, "主管")):
        User.objects.filter(pk=person.pk).update(display_name=name, email="")
    ApiClient.objects.update(name="热线")
    User.objects.filter(is_service=True).exclude(api_client=None).update(display_name="热线")
    client.force_login(User.objects.get(pk=supervisor.pk))
    answer = client.get(f"/desk/cases/{case.reference}/" if address == "case" else address)

    assert answer.status_code == 200
    assert english_words(answer.content.decode()) == []


class Visible(HTMLParser):
    """Collects what a reader sees or hears: text outside of code, and the attributes that are read out."""

    SILENT = frozenset({"script", "style", "code"})
    # Material Symbols draws its glyphs from words that nobody reads.
    ICONS = re.compile(r"\bmaterial-symbols")

    def __init__(self) -> None:
        super().__init__()
        self.skipping: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in self.SILENT or self.ICONS.search(given.get("class") or ""):
            self.skipping.append(tag)
        self.words += [given[name] or "" for name in ("title", "placeholder", "aria-label", "alt") if name in given]

    def handle_endtag(self, tag):
        if self.skipping and self.skipping[-1] == tag:
            self.skipping.pop()

    def handle_data(self, data):
        if not self.skipping:
            self.words.append(data)


def english_words(page: str) -> list[str]:
    reader = Visible()
    reader.feed(page)
    return sorted({word for text in reader.words for word in re.findall(r"[A-Za-z]{3,}", text)} - LATIN)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def keys(catalogue: Catalog) -> set[tuple[str, str]]:
    return {(message.context or "", first(message)) for message in catalogue if message.id}


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def said(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


# A list of what waits, and of what was sent: not of the rows by their name.
LISTS = {"proposal", "notice"}


def test_the_menu_calls_a_table_what_its_page_calls_it():
    with translation.override("zh-hans"):
        entries = {str(one["link"]): str(one["title"]) for part in NAVIGATION for one in part["items"]}
        tables = [model._meta for model in admin.site._registry if model._meta.model_name not in LISTS]
        pages = {reverse(f"admin:{one.app_label}_{one.model_name}_changelist"): one for one in tables}
        named = {page: str(pages[page].verbose_name_plural) for page in pages.keys() & entries.keys()}
        assert len(named) >= 12
        assert {page: entries[page] for page in named} == named
