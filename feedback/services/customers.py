"""Which customer speaks: found by the keys they gave, or made."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from feedback.models import KEYS, Customer
from organization.models import LegalEntity
from sqm_site.inserting import insert_once
from sqm_site.preparing import prepared


def find_or_make_customer(
    given: Mapping[str, str], indexes: Mapping[str, str], *, legal_entity: LegalEntity, at: datetime, vouched: bool
) -> tuple[Customer | None, bool]:
    """Return the customer and whether it is new; no customer when nothing was given.

    indexes  blind indexes of the keys in `given`, strongest first (`inbound.key_indexes`)
    vouched  somebody knows that it is this customer: what was not known yet is written down
    Two statements at most: one finds, one inserts or enriches. When another request inserts the same customer
    between the two, one more reads it.
    """
    if not any(given.values()):
        return None, False
    customer = find(indexes, legal_entity)
    if customer is None:
        customer = Customer(legal_entity=legal_entity, identity=strongest(indexes), created_at=at)
        customer.identity = customer.identity or f"row:{customer.row_id}"  # a name alone is nobody's key
        fill(customer, given, [*KEYS, "name"])
        if insert_once(customer):
            return customer, True
        customer = Customer.objects.get(legal_entity=legal_entity, identity=customer.identity)
    if vouched:
        enrich(customer, given, indexes)
    return customer, False


def find(indexes: Mapping[str, str], legal_entity: LegalEntity) -> Customer | None:
    """The one customer these keys name, or none.

    A customer fits by the strongest key that both have. Of several that fit equally well (a family's phone) only
    the one that was made from this very key is taken; nobody's message is laid to a stranger by guessing.
    """
    if not indexes:
        return None
    fitting, values = by_key(indexes, legal_entity)
    identity = strongest(indexes)
    statement = f"SELECT * FROM ({fitting}) AS fitting ORDER BY rank, identity <> %s, id LIMIT 2"
    best: list[Any] = list(Customer.objects.raw(prepared(statement), [*values, identity]))
    alone = len(best) == 1 or (len(best) == 2 and best[0].rank != best[1].rank)
    return best[0] if best and (alone or best[0].identity == identity) else None


def by_key(indexes: Mapping[str, str], legal_entity: LegalEntity) -> tuple[str, list[Any]]:
    """SQL and values of: for each key, those who have it and no other value of a stronger one. `rank` 0 is strongest.

    Written out because every message runs it: one index per key, and a third of the time the query builder takes.
    """
    arms, values, stronger = [], [], ""
    for rank, (key, index) in enumerate(indexes.items()):
        # "<> ''" is what the partial index asks for: a prepared plan cannot see that the value is not empty
        having = f"legal_entity_id = %s AND {key}_index = %s AND {key}_index <> ''{stronger}"
        arms.append(f"SELECT *, {rank} AS rank FROM {Customer._meta.db_table} WHERE {having}")
        values += [legal_entity.pk, index]
        stronger += f" AND {key}_index = ''"
    return " UNION ALL ".join(arms), values


def differing(customer: Customer | None, indexes: Mapping[str, str]) -> list[str]:
    """The keys of which we know another value than was given now: somebody else may be speaking."""
    if customer is None:
        return []
    return [key for key, index in indexes.items() if getattr(customer, f"{key}_index") not in {"", index}]


def strongest(indexes: Mapping[str, str]) -> str:
    return next((f"{key}:{index}" for key, index in indexes.items()), "")


def fill(customer: Customer, given: Mapping[str, str], names: Iterable[str]) -> None:
    for name in names:
        if given.get(name):
            setattr(customer, name, given[name])


def enrich(customer: Customer, given: Mapping[str, str], indexes: Mapping[str, str]) -> None:
    """Write down what was not known yet. What is known stays, also when another request was quicker."""
    new = [name for name in (*indexes, "name") if given.get(name) and not getattr(customer, name).present]
    if not new:
        return
    fill(customer, given, new)
    customer.learnt = new
    columns = [f"{name}_{ending}" for name in new for ending in ("sealed", "masked")]
    columns += [f"{name}_index" for name in new]
    if "phone" in new:
        columns.append("phone_tail_index")
    unknown = Customer.objects.filter(pk=customer.pk, **{f"{name}_sealed": "" for name in new})
    if not unknown.update(**{column: getattr(customer, column) for column in columns}):
        customer.refresh_from_db()
