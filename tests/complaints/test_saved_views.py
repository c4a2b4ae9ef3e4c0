"""常用视图: the list as it stands under a name, for oneself or a team; what is gone of it is said."""

import pytest
from django.test import Client

from complaints.models import SavedView
from complaints.services import views
from organization.models import User
from organization.services import create_team
from sqm_site.errors import Forbidden, Invalid
from tests.people import NOON

LIST, SAVE = "/desk/cases/", "/desk/views/save/"
URGENT = {"state": ["received", "assigned"], "level": ["important"]}


def saved(name: str, *, by: User, team=None, **query: list[str]) -> SavedView:
    return views.save_view(name, query or URGENT, by=by, team=team, at=NOON)


def names(user: User) -> list[str]:
    return [view.name for view in SavedView.objects.of(user)]


@pytest.fixture
def at_list(client, handler) -> Client:
    client.force_login(handler)
    return client


def test_ones_own_is_seen_by_nobody_else_and_that_of_a_team_by_its_members(handler, colleague, lead, team, outsider):
    saved("我的重点", by=handler)
    saved("本组待办", by=lead, team=team)
    assert (names(handler), names(colleague)) == (["我的重点", "本组待办"], ["本组待办"])
    assert names(outsider) == []


def test_only_who_leads_a_team_saves_and_drops_for_it(handler, lead, supervisor, team, other_branch, outsider):
    view = saved("本组待办", by=lead, team=team)
    for user in (handler, outsider):
        with pytest.raises(Forbidden):
            saved("本组待办", by=user, team=team)
        assert not views.may_drop(view, user, views.teams_led(user))
    assert views.may_drop(view, supervisor, views.teams_led(supervisor))
    elsewhere = create_team(other_branch, "二组")
    assert elsewhere not in views.teams_led(lead) + views.teams_led(supervisor)


def test_a_name_is_kept_anew_and_thirty_are_enough(handler):
    for number in range(views.MOST):
        saved(f"视图{number}", by=handler)
    with pytest.raises(Invalid):
        saved("再来一个", by=handler)
    saved("视图0", by=handler, level=["major"])
    assert SavedView.objects.get(name="视图0").query == {"level": ["major"]}
    for wrong in ("", "   ", "名" * 41):
        with pytest.raises(Invalid):
            saved(wrong, by=handler)


def test_the_list_is_saved_opened_marked_and_dropped(at_list, handler):
    page = at_list.get(LIST, {"state": "received", "ordering": "next_due_at"})
    assert "保存当前视图" in page.content.decode()
    sent = {"name": "待分派", "state": "received", "ordering": "next_due_at"}
    opened = at_list.post(SAVE, sent, follow=True)
    assert opened.request["QUERY_STRING"] == "state=received&ordering=next_due_at"
    text = opened.content.decode()
    assert "待分派" in text and 'aria-current="page"' in text and "删除“待分派”" in text
    view = SavedView.objects.get()
    assert at_list.post(f"/desk/views/{view.pk}/drop/", follow=True).status_code == 200
    assert not SavedView.objects.exists()


def test_what_was_searched_for_is_not_kept(at_list):
    at_list.post(SAVE, {"name": "王某", "q": "13800138000", "state": "received"})
    assert SavedView.objects.get().query == {"state": ["received"]}


def test_filters_that_are_gone_are_said_and_the_others_stand(at_list, handler, branch):
    view = saved("旧机构", by=handler, unit=["GONE"], state=["received"], level=["huge"])
    page = at_list.get(f"/desk/views/{view.pk}/", follow=True)
    assert page.request["QUERY_STRING"] == "state=received"
    assert "承办机构" in page.content.decode() or "承办单位" in page.content.decode()
    SavedView.objects.filter(pk=view.pk).update(query={"unit": [branch.code]})
    assert at_list.get(f"/desk/views/{view.pk}/").url == f"{LIST}?unit={branch.code}"


def test_that_of_another_is_not_there(at_list, outsider):
    view = saved("别人的", by=outsider)
    assert at_list.get(f"/desk/views/{view.pk}/").status_code == 404
    assert at_list.post(f"/desk/views/{view.pk}/drop/").status_code == 404
    assert at_list.get(f"/desk/views/{10**18 - 1}/").status_code == 404


@pytest.mark.parametrize("chosen", ["999999", "x", "²"])
def test_a_team_that_is_none_is_said(chosen, at_list):
    answer = at_list.post(SAVE, {"name": "某组", "state": "received", "team": chosen}, follow=True)
    assert "没有这个团队" in answer.content.decode() and not SavedView.objects.exists()


def test_a_member_who_leaves_the_team_sees_its_views_no_more(handler, lead, team):
    saved("本组待办", by=lead, team=team)
    handler.memberships.update(team=None)
    assert names(User.objects.get(pk=handler.pk)) == []


def test_the_pages_forbid_what_only_a_lead_may(at_list, lead, team):
    sent = {"name": "本组", "state": "received", "team": str(team.pk)}
    assert at_list.post(SAVE, sent).status_code == 403
    view = saved("本组", by=lead, team=team)
    assert at_list.post(f"/desk/views/{view.pk}/drop/").status_code == 403
    assert at_list.get(f"/desk/views/{view.pk}/").status_code == 302
