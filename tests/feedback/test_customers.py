from threading import Barrier, Thread

import pytest
from django.db import connection

from feedback.models import KEYS, Customer
from feedback.services import find_or_make_customer, key_indexes
from security.services import reveal
from tests.feedback.conftest import NOON

VALUES = {
    "customer_no": ["T0001", "T0002"],
    "id_no": ["11010519491231002X", "440524198801010011"],
    "openid": ["oABCD1234567890abcdEFGH12345", "oZZZZ1234567890abcdEFGH12345"],
    "phone": ["13800138000", "13900139000"],
    "email": ["first@example.com", "second@example.com"],
}


def customer_of(entity, **given):
    return find_or_make_customer(given, key_indexes(given), legal_entity=entity, at=NOON, vouched=True)


@pytest.mark.parametrize("key", KEYS)
def test_the_same_key_is_the_same_customer(entity, key):
    first, made = customer_of(entity, **{key: VALUES[key][0]})
    again, made_again = customer_of(entity, **{key: VALUES[key][0]})

    assert (made, made_again) == (True, False)
    assert first == again
    assert Customer.objects.get().row_id == first.row_id


@pytest.mark.parametrize("key", KEYS)
def test_two_values_of_one_key_are_two_customers(entity, key):
    first, _ = customer_of(entity, **{key: VALUES[key][0]})
    second, _ = customer_of(entity, **{key: VALUES[key][1]})

    assert first != second


@pytest.mark.parametrize(("stronger", "weaker"), [(one, two) for one in KEYS for two in KEYS[KEYS.index(one) + 1 :]])
def test_a_stronger_key_divides_what_a_weaker_one_joins(entity, stronger, weaker):
    shared = {weaker: VALUES[weaker][0]}
    first, _ = customer_of(entity, **shared, **{stronger: VALUES[stronger][0]})
    second, _ = customer_of(entity, **shared, **{stronger: VALUES[stronger][1]})

    assert first != second


@pytest.mark.parametrize(("stronger", "weaker"), [(one, two) for one in KEYS for two in KEYS[KEYS.index(one) + 1 :]])
def test_a_stronger_key_joins_what_a_weaker_one_divides_and_nothing_is_overwritten(entity, stronger, weaker):
    shared = {stronger: VALUES[stronger][0]}
    first, _ = customer_of(entity, **shared, **{weaker: VALUES[weaker][0]})
    second, _ = customer_of(entity, **shared, **{weaker: VALUES[weaker][1]})

    assert first == second
    assert getattr(Customer.objects.get(), f"{weaker}_index") == key_indexes({weaker: VALUES[weaker][0]})[weaker]


@pytest.mark.parametrize("phone", ["+86-138-0013-8000", "１３８００１３８０００", "138 0013 8000", "008613800138000"])
def test_one_phone_written_in_many_ways_is_one_customer(entity, phone):
    first, _ = customer_of(entity, phone="13800138000")

    assert customer_of(entity, phone=phone)[0] == first


def test_nothing_crosses_a_legal_entity(entity, other_entity):
    here, _ = customer_of(entity, **{key: VALUES[key][0] for key in KEYS})
    there, made = customer_of(other_entity, **{key: VALUES[key][0] for key in KEYS})

    assert made
    assert here != there


def test_what_is_newly_given_is_added(entity, admin_reader):
    customer_of(entity, phone="13800138000")
    customer_of(entity, phone="13800138000", customer_no="T0001", name="示例甲")
    customer_of(entity, customer_no="T0001", name="另一名", email="first@example.com")

    customer = Customer.objects.get()
    opened = {
        name: reveal(getattr(customer, name), actor=admin_reader, reason="test", at=NOON) for name in (*KEYS, "name")
    }
    assert opened == {
        "customer_no": "T0001", "id_no": "", "openid": "", "phone": "13800138000", "email": "first@example.com",
        "name": "示例甲",
    }  # fmt: skip
    assert (customer.name.masked, customer.phone.masked) == ("示**", "138****8000")


def test_a_slower_request_does_not_overwrite_what_a_quicker_one_wrote(entity, monkeypatch):
    customer_of(entity, customer_no="T0001")
    stale = Customer.objects.get()
    customer_of(entity, customer_no="T0001", phone="13800138000")
    monkeypatch.setattr("feedback.services.customers.find", lambda indexes, legal_entity: stale)

    returned, _ = customer_of(entity, customer_no="T0001", phone="13900139000")

    assert returned.phone_index == Customer.objects.get().phone_index == key_indexes({"phone": "13800138000"})["phone"]


def test_a_phone_that_several_customers_have_names_none_of_them(entity):
    first, _ = customer_of(entity, customer_no="T0001", phone="13800138000")
    second, _ = customer_of(entity, customer_no="T0002", phone="13800138000")

    caller, made = customer_of(entity, phone="13800138000")
    again, _ = customer_of(entity, phone="13800138000")

    assert made
    assert caller not in {first, second}
    assert again == caller


def test_a_name_alone_is_nobodys_key(entity):
    first, _ = customer_of(entity, name="示例甲")
    second, _ = customer_of(entity, name="示例甲")

    assert first != second
    assert first.name.masked == "示**"


def test_nothing_given_is_nobody(entity, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert customer_of(entity, phone="", name="") == (None, False)


def test_a_phone_is_found_by_its_last_four_digits(entity):
    one, _ = customer_of(entity, phone="13800138000")
    two, _ = customer_of(entity, phone="13900138000")

    assert one.phone_tail_index == two.phone_tail_index != ""


def test_it_takes_one_statement_to_find_and_one_to_write(entity, django_assert_num_queries):
    with django_assert_num_queries(2):
        customer_of(entity, **{key: VALUES[key][0] for key in KEYS})
    with django_assert_num_queries(1):
        customer_of(entity, **{key: VALUES[key][0] for key in KEYS})
    with django_assert_num_queries(2):
        customer_of(entity, phone=VALUES["phone"][0], name="示例甲")


def test_the_keys_are_found_by_index_among_many(entity):
    Customer.objects.bulk_create(
        Customer(legal_entity=entity, identity=f"row:{number}", phone_index=f"{number:032x}",
                 email_index=f"{number:032x}", created_at=NOON)
        for number in range(5_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_customer")
    given = {key: VALUES[key][0] for key in KEYS}
    with connection.execute_wrapper(explained := Explained()):
        customer_of(entity, **given)

    assert explained.plans
    assert not any("Seq Scan" in plan for plan in explained.plans)


class Explained:
    """Keeps the plans of every prepared query on customers: for these values, and for whatever values."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        with context["connection"].connection.cursor() as cursor:
            for mode in ("force_custom_plan", "force_generic_plan") if sql.startswith("EXECUTE") else ():
                cursor.execute(f"SET LOCAL plan_cache_mode = {mode}")
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(line for (line,) in cursor.fetchall())
                self.plans += [plan] if "on feedback_customer" in plan and "Insert" not in plan else []
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_customer(entity):
    together, found = Barrier(12), []

    def come() -> None:
        try:
            together.wait()
            found.append(customer_of(entity, phone="13800138000", name="示例甲"))
        finally:
            connection.close()

    threads = [Thread(target=come) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 12
    assert {customer.pk for customer, _ in found} == {Customer.objects.get().pk}
    assert [made for _, made in found].count(True) == 1
