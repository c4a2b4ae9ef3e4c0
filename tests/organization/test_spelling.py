"""How names are typed: spelled where pypinyin runs, found by initials, by the whole, and by what they are."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from complaints.services import taxonomy
from complaints.services.spelling import spell_names
from organization.models import Role, Spelling, Unit, User
from organization.services import create_entity
from organization.services.spelling import named
from tests.people import person

SERVES = """
import sys
import django
django.setup()
from django.urls import get_resolver
import sqm_site.wsgi, complaints.tasks, organization.tasks
[list(one.url_patterns) for one in get_resolver().url_patterns if hasattr(one, "url_patterns")]
print("pypinyin" in sys.modules)
"""


def test_no_process_that_serves_or_sweeps_holds_the_dictionary(tmp_path):
    """57 MB in each, for what is asked once a name."""
    ran = subprocess.run(
        [sys.executable, "-c", SERVES],
        capture_output=True,
        text=True,
        check=True,
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "sqm_site.settings", "SQM_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize("typed", ["shfh", "SHFH", "shanghaifenhang", "hfh", "上海", "海分"])
def test_a_unit_is_found_by_what_it_is_called_and_how_that_is_typed(branch, other_branch, typed):
    spell_names()
    assert [*Unit.objects.filter(named(typed))] == [branch]


@pytest.mark.parametrize("typed", ["gzfh", "广州", "%", "s'f"])
def test_what_nobody_is_called_finds_nobody(branch, typed):
    spell_names()
    assert not Unit.objects.filter(named(typed)).exists()


def test_a_new_name_is_spelled_by_the_next_sweep_and_an_old_one_is_forgotten(branch, handler):
    User.objects.filter(pk=handler.pk).update(display_name="张晓岚")
    spell_names()
    assert Spelling.objects.get(name="张晓岚").initials == "zxl"
    User.objects.filter(pk=handler.pk).update(display_name="张晓风")
    assert spell_names() == 1
    assert not Spelling.objects.filter(name="张晓岚").exists()
    assert spell_names() == 0


def test_letters_and_figures_in_a_name_are_typed_as_they_stand(institution):
    person("pos", "handler", institution)
    User.objects.filter(username="pos").update(display_name="ＰＯＳ机（24小时）")
    spell_names()
    assert Spelling.objects.get(name="ＰＯＳ机（24小时）").syllables == "pos ji 24 xiao shi"


def test_a_code_is_typed_by_its_name_and_those_above(institution):
    spell_names()
    with translation.override("zh-hans"):
        places = [taxonomy.place_name("business_category_B", code) for code in ("B020204", "B020299", "B03")]
    assert places == ["信用卡 / 分期与息费", "信用卡 / 其他", "贷款"]
    heard = taxonomy.typed_as("business_category_B", "B020204").split()
    assert "".join(one[0] for one in heard) == "yhkxykxykfqyxf"


def test_a_form_of_the_administrator_finds_by_pinyin_within_the_entity(client, branch, institution):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="上海分号")
    spell_names()
    client.force_login(person("sysadmin", Role.SYSTEM_ADMINISTRATOR, institution))
    asks = {"app_label": "organization", "model_name": "unit", "field_name": "parent"}
    found = client.get(reverse("admin:autocomplete"), asks | {"term": "shf"}).json()["results"]
    assert [row["text"] for row in found] == ["上海分行"]
    assert str(abroad.pk) not in {row["id"] for row in found}
    assert "分期与息费" in client.get(reverse("admin:complaints_code_changelist"), {"q": "xykfq"}).content.decode()
