"""关联: what people say of two cases, once, and may take back."""

import pytest

from complaints.errors import GateNotMet
from complaints.models import Link
from complaints.verbs import approving, handling, linking
from sqm_site.errors import Invalid
from tests.cases import CLASSIFIED
from tests.complaints.mergers import chief, newer, older, whole
from tests.people import NOON

__all__ = ["chief", "newer", "older"]


def test_links_are_said_and_taken_back(older, newer, supervisor, handler, chief):
    assert newer.links.get().kind == "possible_duplicate"  # a machine's suspicion
    linking.unlink(
        newer.reference, actor=supervisor, at=NOON, other=older.reference, kind="possible_duplicate", reason="无关"
    )
    said = {"other": older.reference, "kind": "related", "reason": "同一客户"}
    linking.link(newer.reference, actor=supervisor, at=NOON, **said)
    for one, there in ((newer, older), (older, newer)):
        with pytest.raises(GateNotMet, match="已关联"):
            linking.link(one.reference, actor=supervisor, at=NOON, **said | {"other": there.reference})
    with pytest.raises(Invalid):
        linking.link(newer.reference, actor=supervisor, at=NOON, **said | {"other": newer.reference})
    assert [link.kind for link in newer.links.standing()] == ["related"]
    whole(older, newer)


def test_that_a_customer_had_to_come_again_is_not_hidden_alone(older, newer, supervisor, lead, chief):
    linking.link(newer.reference, actor=supervisor, at=NOON, other=older.reference, kind="repeat_of")
    handling.classify(newer.reference, actor=supervisor, at=NOON, **CLASSIFIED)
    linking.unlink(newer.reference, actor=supervisor, at=NOON, other=older.reference, kind="repeat_of", reason="无关")
    assert Link.objects.standing().filter(kind="repeat_of").exists()
    approving.decide_approval(newer.reference, actor=chief, at=NOON, grant=True)
    assert not Link.objects.standing().filter(kind="repeat_of").exists()
