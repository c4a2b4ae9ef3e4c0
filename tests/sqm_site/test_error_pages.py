"""D18: pages of errors were bare English, with no way back and no number to name to the administrator."""

import pytest
from django.db import OperationalError
from django.test import Client

from organization.models import User
from sqm_site.catalogues import compile_catalogues

ID = "request-0815-0815"
BACK = 'href="/"'


def asked(client: Client, address: str, language: str, method: str = "get", **sent):
    return getattr(client, method)(address, sent, headers={"accept-language": language, "x-request-id": ID})


def holds(answer, *words: str) -> None:
    page = answer.content.decode()
    for one in (*words, ID, BACK):
        assert one in page, one


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", ("这里没有内容", "首页")), ("en", ("There is nothing here", "To the front page"))]
)
def test_an_address_of_nothing_says_so_in_the_language_of_the_reader(client, language, words):
    """D18: bare English in Times Roman, and no way back."""
    compile_catalogues()
    answer = asked(client, "/nowhere/", language)
    assert answer.status_code == 404
    holds(answer, *words)


@pytest.mark.django_db
def test_a_form_of_before_the_last_sign_in_is_told_what_to_do(handler):
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler)
    answer = asked(client, "/desk/take/", "zh-CN", "post")
    assert answer.status_code == 403
    holds(answer, "重新打开页面")


@pytest.mark.django_db
def test_who_may_not_is_told_whom_to_ask(client, auditor):
    client.force_login(auditor)
    answer = asked(client, "/desk/register/", "zh-CN")
    assert answer.status_code == 403
    holds(answer, "无权")


@pytest.mark.django_db
def test_what_nobody_expected_is_told_without_the_database(client, handler, monkeypatch):
    client.force_login(handler)
    client.raise_request_exception = False
    for error, status, words in ((ZeroDivisionError(), 500, "没有保存"), (OperationalError(), 503, "暂时")):

        def fails(*args, error=error, **kwargs):
            raise error

        monkeypatch.setattr("complaints.desk.queue.counted", fails)
        answer = asked(client, "/desk/", "zh-CN")
        assert answer.status_code == status
        holds(answer, words)


@pytest.mark.django_db
def test_the_name_of_the_institution_stands_on_it(client, settings):
    settings.INSTITUTION = "示范银行"
    assert "示范银行" in asked(client, "/nowhere/", "zh-CN").content.decode()


@pytest.mark.django_db
def test_a_password_that_was_handed_over_says_why_it_is_changed_and_where_to_go_on(client, handler):
    """D29: the page of the first login gave no reason, and the one after it led nowhere."""
    User.objects.filter(pk=handler.pk).update(must_change_password=True)
    client.force_login(handler)
    page = client.get("/desk/", follow=True).content.decode()
    assert "交给您的" in page
    changed = {"old_password": "correct horse battery", "new_password1": "a staple of horses", "new_password2": ""}
    changed["new_password2"] = changed["new_password1"]
    done = client.post("/admin/password_change/", changed, follow=True)
    assert done.redirect_chain
    assert "开始工作" in done.content.decode()


@pytest.mark.django_db
def test_logging_in_and_out_speaks_plainly(client, handler):
    wrong = client.post("/admin/login/", {"username": "handler", "password": "x"}, headers={"accept-language": "zh-CN"})
    assert "请输入一个正确的" not in wrong.content.decode()
    assert "用户名或密码不正确" in wrong.content.decode()
    client.force_login(handler)
    page = client.post("/admin/logout/").content.decode()
    assert "美好时光" not in page
    assert "草稿已清除" in page
