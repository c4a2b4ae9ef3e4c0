"""What an address is asked with, of a place: the parts of the address, the query, the body."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from complaints.models import BrokerClue, SavedView

Makes = Callable[[Any], dict[str, Any]]


def case(place: Any) -> dict[str, Any]:
    return {"reference": place.case.reference}


def one_file(place: Any) -> dict[str, Any]:
    return {"id": place.file.pk}


def one_letter(place: Any) -> dict[str, Any]:
    return {**case(place), "key": place.letter.pk}


def one_view(place: Any) -> dict[str, Any]:
    """Saved by the first who reads cases."""
    facts = {"by": place.people["handler"], "legal_entity": place.unit.legal_entity, "at": place.now}
    return {"key": SavedView.objects.get_or_create(name="x", defaults=facts)[0].pk}


def clue(place: Any) -> dict[str, Any]:
    return {"indicator": "fee", "basis": "按退费三成收费"}


def decided(place: Any) -> dict[str, Any]:
    return {"confirm": "true", "grounds": "属实"}


def a_view(place: Any) -> dict[str, Any]:
    return {"name": "x", "state": "received"}


def one_clue(place: Any) -> dict[str, Any]:
    """On the case of the place, written down by its handler."""
    facts = {"legal_entity": place.case.legal_entity, "by": place.people["handler"], "at": place.now}
    more = {"basis": "收费", "expires_on": place.now.date() + timedelta(days=9_999)}
    row, _new = BrokerClue.objects.get_or_create(case=place.case, indicator="forged", defaults=facts | more)
    return {"key": row.pk}


def identity(place: Any) -> dict[str, Any]:
    return {**case(place), "key": place.identity.pk}


def seen(place: Any) -> dict[str, Any]:
    return {"reason": "To verify who is complaining"}


def worker(place: Any) -> dict[str, Any]:
    return {"object_id": place.people["handler"].pk}


def person_of(place: Any) -> dict[str, Any]:
    return {"username": place.people["handler"].username}


def absence(place: Any) -> dict[str, Any]:
    """Of somebody of the unit, from tomorrow on."""
    begins = timezone.localtime() + timedelta(days=1)
    times = {"since": f"{begins:%Y-%m-%dT%H:%M}", "until": f"{begins + timedelta(days=1):%Y-%m-%dT%H:%M}"}
    return {"person": place.people["dispatcher"].username, **times}


def one_absence(place: Any) -> dict[str, Any]:
    return {"key": place.absence.pk}


def handing_over(place: Any) -> dict[str, Any]:
    return {"which": "all", "to": place.people["team_lead"].username, "reason": "休假"}


def several(place: Any) -> dict[str, Any]:
    return {"verb": "note", "case": place.case.reference}


def noted(place: Any) -> dict[str, Any]:
    """Sent by the form, and new each time."""
    return {**several(place), "key": str(uuid4()), "text": "统一口径"}


def asked(place: Any) -> dict[str, Any]:
    return {**case(place), "number": 1}


def signing(place: Any) -> dict[str, Any]:
    return {"verb": "accept_task", "task": 1}


def elsewhere(place: Any) -> dict[str, Any]:
    return {"reference": place.elsewhere.reference}


def objecting(place: Any) -> dict[str, Any]:
    return {"verb": "appeal_liability", "version": place.elsewhere.version, "reason": "不服"}


def program(place: Any) -> dict[str, Any]:
    return {"object_id": place.program.pk}


def versions(place: Any, name: str) -> dict[str, Any]:
    return {"object_id": place.versions[f"sla.{name}"].pk}


def days(place: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {"from": str(today - timedelta(days=3)), "to": str(today + timedelta(days=1))}


def some_ledger(place: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {"ledger": "complaint", "since": str(today - timedelta(days=30)), "until": str(today)}


def ahead(place: Any) -> dict[str, Any]:
    return {"due_to": (timezone.now() + timedelta(days=99)).isoformat()}


def registered(place: Any) -> dict[str, Any]:
    return {"form": "f" * 32, "channel": "phone", "words": "客户来电。", "nature": "complaint", "name": "新客户"}


def message(place: Any, **more: Any) -> dict[str, Any]:
    said = {"channel": "phone", "external_id": f"url-{place.code}", "text": "来电。", "customer": {"name": "新客户"}}
    return {**said, **more}


def of_unit(sends: Makes) -> Makes:
    return lambda place: {**sends(place), "unit": place.code}


def of_owner(sends: Makes) -> Makes:
    return lambda place: {**sends(place), "owner": place.case.owner.username}
