"""The list of cases is narrowed to a handling unit and to an owner, each typed as it is called."""

import pytest
from django.urls import reverse

from benchmarks.requests import AT_DESK
from complaints.models import Case
from complaints.services.spelling import spell_names
from organization.models import Role
from organization.services import create_entity
from tests.cases import taken
from tests.people import person

LIST = reverse("desk:cases")


@pytest.fixture
def at_list(client, institution, integration, handler, lead, other_branch):
    client.force_login(person("chief", Role.CONSUMER_PROTECTION, institution))
    return client


def listed(client, **filters: str) -> set[int]:
    return {row.case.pk for row in client.get(LIST, filters).context["rows"]}


def test_by_unit_and_by_owner_and_by_both(at_list, integration, handler, lead, other_branch):
    mine, theirs, away = (taken(integration) for _ in range(3))
    Case.objects.filter(pk=mine.pk).update(owner=handler)
    Case.objects.filter(pk__in=[theirs.pk, away.pk]).update(owner=lead)
    Case.objects.filter(pk=away.pk).update(handling_unit=other_branch)

    assert listed(at_list) == {mine.pk, theirs.pk, away.pk}
    assert listed(at_list, unit="SH") == {mine.pk, theirs.pk}
    assert listed(at_list, owner="lead") == {theirs.pk, away.pk}
    assert listed(at_list, owner="lead", unit="BJ") == {away.pk}
    assert listed(at_list, owner="nobody") == listed(at_list, unit="nowhere") == set()


def test_the_boxes_show_the_names_of_what_they_hold(at_list, case):
    page = at_list.get(LIST, {"unit": "SH", "owner": "handler"}).content.decode()
    assert 'value="SH"' in page and 'data-shown="上海分行"' in page
    assert 'value="handler"' in page and 'data-shown="Handler"' in page
    page = at_list.get(LIST, {"unit": "nowhere", "owner": "nobody"}).content.decode()
    assert 'value="nowhere"' in page and 'value="nobody"' in page and page.count('data-shown=""') == 2


def test_a_colleague_is_found_by_name_by_user_name_and_by_number(at_list, handler):
    handler.display_name, handler.staff_number, handler.is_active = (
        "王小明",
        "007",
        False,
    )  # who has left owns cases too
    handler.save()
    abroad = create_entity("other", name="另一机构", root="abroad", root_name="另一总部")
    namesake = person("elsewhere", Role.HANDLER, abroad)
    namesake.display_name = "王小明"
    namesake.save()
    spell_names()

    def found(words: str) -> list[tuple[str, str]]:
        results = at_list.get(reverse("desk:people"), {"q": words}).json()["results"]
        return [(row["value"], row["text"]) for row in results]

    for words in ("王小", "hand", "007"):
        assert found(words) == [("handler", "王小明")], words
    assert found("") and "elsewhere" not in dict(found("")) and not [one for one in dict(found("")) if ":" in one]
    assert found("火星") == found("x" * 5000) == []


def test_every_box_of_the_list_is_asked_by_the_guard_of_what_pages_read(at_list, case):
    boxes = {box["name"] for box in at_list.get(LIST).context["filters"]}
    assert boxes - {"ordering"} == {*AT_DESK}
