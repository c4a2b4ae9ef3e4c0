"""docs/rooms.md says that a new verb takes three places: here one is added so, and every door has it."""

import pytest
from django.urls import path, reverse

from complaints import verb as registry
from complaints.act import Act
from complaints.api import urls
from complaints.api.cases import VerbView
from complaints.fields import Form, prose
from complaints.models import Case
from complaints.models.flow import edge
from complaints.models.states import State
from complaints.verb import verb
from organization.rights import permissions


@pytest.fixture
def hold(monkeypatch):
    """The three places: the edge, the right, the verb."""
    monkeypatch.setattr(Case, "hold", edge("hold", {State.IN_PROGRESS: State.WAITING_EXTERNAL}), raising=False)
    field = Case._meta.get_field("state")
    monkeypatch.setitem(field.transitions[Case], "hold", Case.hold)
    Case.hold._django_fsm.field = field  # what django-fsm does when the class is made
    monkeypatch.setitem(permissions(), "hold", {"handler": "own"})

    class Hold(Form):
        reason = prose("Reason")

    @verb(Hold, "Hold")
    def hold(act: Act, *, reason: str) -> None:
        act.says("reason", reason)
        act.move()
        act.clocks.pause(at=act.at)
        act.tell(act.case.owner, "chase")

    # addresses are made of the verbs when the program starts
    address = path("cases/<str:reference>/hold/", VerbView.as_view(verb="hold"))
    urls.urlpatterns.append(address)
    yield hold
    urls.urlpatterns.remove(address)
    del registry.VERBS["hold"]


def test_a_verb_is_added_in_three_places(hold, fresh, handler, colleague, client):
    """B23, D8: a verb was said in eight files, and what one of them forgot was found by a customer."""
    client.force_login(handler)
    page = client.get(reverse("desk:case", args=[fresh.reference]))
    assert "hold" in [one.name for one in page.context["steps"].rest]

    dialog = client.post(reverse("desk:verb", args=[fresh.reference, "hold"]), {"reason": "等待上级行答复"})
    assert dialog.status_code == 302
    event = fresh.events.latest("sequence")
    assert (event.verb, event.before, event.after) == ("hold", State.IN_PROGRESS, State.WAITING_EXTERNAL)
    assert event.details["clocks"]["1:resolution:internal:"]["paused_at"]
    assert fresh.texts.get(event_sequence=event.sequence).text == "等待上级行答复"

    answer = client.post(f"/api/v1/cases/{fresh.reference}/hold/", {"reason": "再次"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-transition")
    timeline = client.get(reverse("desk:case", args=[fresh.reference])).context["timeline"]
    assert timeline.items[-1].verb == "Hold"
