"""What the benchmarks stand on: Django, a branch with people, a program that posts, and a table to print."""

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django

django.setup()

from complaints.api.intake import FeedbackInput, incoming  # noqa: E402  models need the line above
from complaints.services.intake import Taken, take_in  # noqa: E402
from organization.models import ApiClient, Role, Unit, User  # noqa: E402
from organization.services import create_client, create_unit, create_user  # noqa: E402

SAID = "我的信用卡年费被重复扣了两次，请尽快退回。客服电话打了三次都没有人接，手机银行里也查不到退款进度。"
NUMBERS = itertools.count(1)


def branch(code: str, at: datetime) -> tuple[Unit, User]:
    """A branch whose handler holds the complaint post."""
    unit = create_unit(code, name=code, kind=Unit.Kind.BRANCH, parent=Unit.objects.get(code="HQ"))
    handler, _password = create_user(f"{code}.handler", role=Role.HANDLER, unit=unit, at=at)
    User.objects.filter(pk=handler.pk).update(must_change_password=False)
    Unit.objects.filter(pk=unit.pk).update(receiver=handler)
    return unit, User.objects.get(pk=handler.pk)


def program(unit: Unit, at: datetime) -> tuple[ApiClient, str]:
    return create_client(f"{unit.code}.app", channels=["app"], unit=unit, per_minute=10**6, at=at)


def message(**fields: Any) -> dict[str, Any]:
    """A complaint of a customer who was never seen before."""
    number = next(NUMBERS)
    customer = {"customer_no": f"K{number:08d}", "name": "测试客户", "phone": f"138{number:08d}"}
    said = {"subject": "年费重复扣收", "text": SAID}
    return {"channel": "app", "external_id": f"m-{number}", **said, "customer": customer, **fields}


def taken(client: ApiClient, at: datetime) -> Taken:
    """Take a message in without HTTP."""
    return take_in(incoming(FeedbackInput.read(message()), client, at=at), at=at)


def table(title: str, rows: Iterable[tuple[str, str]]) -> None:
    print(f"\n{title}")
    for name, figure in rows:
        print(f"  {name:<48} {figure:>14}")
