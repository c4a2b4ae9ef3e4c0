"""Two administrators at two screens: one changes a ladder, the other one looks at it and grants."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from organization.models import Role
from sla.models import Ladder, Rung
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_ladder_is_changed_by_two_people(desk, institution):
    person("sysadmin", Role.SYSTEM_ADMINISTRATOR, institution)
    person("secadmin", Role.SECURITY_ADMINISTRATOR, institution)
    own = {"legal_entity": institution.legal_entity, "effective_from": date(2026, 1, 1)}
    ladder = Ladder.objects.create(key="own", name="本行阶梯", **own)
    Rung.objects.create(ladder=ladder, position=1, offset=timedelta(days=-1), kind="reminder", tell="owner")

    asker = desk("sysadmin")
    asker.open(reverse("admin:sla_ladder_change", args=[ladder.pk]))
    asker.page.fill("[name=rungs-0-offset_1]", "2")
    asker.page.fill("[name=proposal_reason]", "监管要求提前两天提醒")
    asker.page.click("[name=_save]")
    asker.page.wait_for_url("**/proposal/**")
    assert asker.page.locator("[value=grant]").count() == 0
    assert ladder.rungs.get().offset == timedelta(days=-1)

    other = desk("secadmin", viewport={"width": 390, "height": 844})
    other.open(reverse("admin:organization_proposal_changelist"))
    other.page.click("text=本行阶梯")
    shown = other.page.locator(".cf-was-now").inner_text()
    assert "到期前 1 天" in shown and "到期前 2 天" in shown
    assert other.page.evaluate("document.documentElement.scrollWidth") <= 390
    other.page.click("[value=grant]")
    other.page.wait_for_selector("text=已同意并保存")
    assert ladder.rungs.get().offset == timedelta(days=-2)
