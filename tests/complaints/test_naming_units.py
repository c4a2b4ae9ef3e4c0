"""The complained unit is typed as it is called: by name, pinyin or code, within the legal entity of who types."""

import pytest
from django.urls import reverse

from complaints.services.spelling import spell_names
from organization.services import create_entity
from tests.cases import taken


@pytest.fixture
def found(client, handler, outsider):
    create_entity("other", name="另一机构", root="abroad", root_name="北京代表处")
    spell_names()
    client.force_login(handler)

    def find(words: str = "") -> list[tuple[str, str]]:
        results = client.get(reverse("desk:units"), {"q": words}).json()["results"]
        return [(row["value"], row["text"]) for row in results]

    return find


@pytest.mark.parametrize("words", ["北京", "bjfh", "beijing", "BJ", "bj"])
def test_a_unit_is_found_by_name_by_pinyin_and_by_code(found, words):
    assert found(words) == [("BJ", "北京分行")]


def test_without_words_the_tree_is_offered_from_its_top(found):
    codes = [code for code, _name in found()]
    assert codes[0] == "HQ" and {"SH", "BJ"} <= {*codes} and "abroad" not in codes


def test_what_no_unit_is_called_finds_nothing(found):
    assert found("火星") == found("x" * 5000) == []


def test_a_dialog_names_the_unit_whose_code_it_holds(client, integration, handler):
    case = taken(integration)
    client.force_login(handler)
    client.post(reverse("desk:take"))
    page = client.get(reverse("desk:verb", args=[case.reference, "classify"])).content.decode()
    assert 'value="SH"' in page and 'data-shown="上海分行"' in page
    page = client.get(reverse("desk:register")).content.decode()
    assert 'value="SH"' in page and 'data-shown="上海分行"' in page
