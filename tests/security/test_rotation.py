import pytest
from django.apps import apps
from django.core.management import call_command

from security import rotation
from security.errors import WrongKey
from security.sealing import unseal
from tests.security.conftest import NOON, key

PHONES = [f"1380013800{last}" for last in range(5)]


@pytest.fixture
def customers(db, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    entity = apps.get_model("organization.LegalEntity").objects.create(code="rotation", name="Rotation")
    customer = apps.get_model("feedback.Customer")
    return customer.objects.bulk_create(
        customer(legal_entity=entity, identity=phone, created_at=NOON, phone=phone) for phone in PHONES
    )


def stored(customers):
    return type(customers[0]).objects.filter(pk__in=[one.pk for one in customers]).order_by("pk")


def test_every_value_is_sealed_anew_and_the_old_key_can_go(customers, keys, capsys):
    keys(f"k2:{key('b')}", f"k1:{key('a')}")

    call_command("rotate_keys")

    keys(f"k2:{key('b')}")
    rows = stored(customers)
    assert [unseal(row.phone.token, row=row.row_id, field="phone") for row in rows] == PHONES
    assert [row.phone_index for row in rows] == [one.phone_index for one in customers]
    assert "feedback.Customer: 5 rows" in capsys.readouterr().out


def test_what_is_sealed_with_the_first_key_is_left_alone(customers):
    assert list(rotation.rotate(type(customers[0]))) == []
    assert [row.phone_sealed for row in stored(customers)] == [one.phone_sealed for one in customers]


def test_it_goes_on_where_it_stopped(customers, keys):
    keys(f"k1:{key('a')}", algorithm="s1")

    assert next(rotation.rotate(type(customers[0]))) == 2
    assert list(rotation.rotate(type(customers[0]))) == [2, 1]


def test_a_value_whose_key_is_away_stops_it_loudly(customers, keys):
    keys(f"k2:{key('b')}")

    with pytest.raises(WrongKey):
        list(rotation.rotate(type(customers[0])))
