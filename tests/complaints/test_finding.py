"""One search everywhere: what it finds of cases, pages and deeds, and for whom."""

import pytest
from django.urls import reverse

from complaints.models import Case
from organization.models import Role
from tests.people import person

FIND = "/desk/find/"


@pytest.fixture
def at_desk(client, handler):
    client.force_login(handler)
    return client


def found(client, words: str) -> list[str]:
    page = client.get(FIND, {"q": words})
    assert page.status_code == 200
    return [row.link for _heading, rows in page.context["groups"] for row in rows]


def test_a_case_is_found_by_its_number_a_part_of_it_or_its_words(at_desk, owned):
    """D11: only a whole reference led anywhere."""
    case = Case.objects.get()
    middle = case.reference[8:15]
    here = reverse("desk:case", args=[case.reference])
    for words in (
        case.reference,
        case.reference.lower(),
        case.reference[:7],
        case.reference[1:10],
        middle,
        f"{middle}-{case.reference[-1]}",
        case.subject[:4],
        "13800138000",
        "8000",
    ):
        assert found(at_desk, words)[0] == here, words


def test_a_case_of_somebody_else_is_not_found(client, owned, outsider):
    client.force_login(outsider)
    case = Case.objects.get()
    for words in (case.reference, case.reference[:10], case.reference[8:15], case.subject[:4], "13800138000"):
        assert reverse("desk:case", args=[case.reference]) not in found(client, words), words


def test_pages_are_found_by_their_name_and_only_those_that_open(at_desk, client, institution):
    assert found(at_desk, "通知") == [reverse("desk:notices")]
    assert found(at_desk, "用户") == []
    client.force_login(person("secadmin", Role.SECURITY_ADMINISTRATOR, institution))
    assert found(client, "用户") == [reverse("admin:organization_user_changelist")]


def test_what_fits_nothing_is_told_so(at_desk):
    assert "没有符合" in at_desk.get(FIND, {"q": "绝无此事"}).content.decode()


def test_without_words_all_pages_and_deeds_are_offered(at_desk, client, institution):
    offered = found(at_desk, "")
    assert {reverse("desk:queue"), reverse("desk:register")} <= set(offered)
    client.force_login(person("sysadmin", Role.SYSTEM_ADMINISTRATOR, institution))
    assert reverse("desk:register") not in found(client, "")


def test_one_character_reads_no_table(at_desk, owned, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):  # session, user, rights
        assert found(at_desk, "信") == []


def test_more_than_fit_lead_to_the_list(at_desk, owned):
    first = Case.objects.get()
    for number in range(9):
        first.pk, first.reference = None, f"C261123-{number:07d}-X"
        first.save(force_insert=True)
    links = found(at_desk, "C261123")
    assert len(links) == 9
    assert links[-1] == reverse("desk:cases") + "?q=C261123"
