"""The customers of a large load: a number and an invented name each, sealed and found as everybody's."""

import json
from collections.abc import Iterator
from random import Random
from uuid import uuid4

from complaints.services.copying import as_text
from demo.institution import NAMES
from demo.moulds import columns_of
from feedback.models import Customer
from security.blind import blind_index
from security.masking import mask
from security.sealing import seal

# the columns in which one customer differs from another
OWN = (
    "id", "row_id", "identity", "customer_no_sealed", "customer_no_masked", "customer_no_index", "name_sealed",
    "name_masked", "name_index",
)  # fmt: skip


def patrons(first: int, count: int, *, entity: int, since: str, chance: Random) -> Iterator[str]:
    """Rows for COPY of so many customers, whose keys begin at `first`.

    since  the moment from which we know them, as ISO text
    """
    pattern = row(entity, since)
    given = json.loads(NAMES.read_text(encoding="utf-8"))
    for key in range(first, first + count):
        number, name = f"LOAD{key:09d}", chance.choice(given["surnames"]) + chance.choice(given["given_names"])
        place, index = uuid4(), blind_index("customer_no", number)
        yield pattern % (
            key,
            place,
            f"customer_no:{index}",
            seal(number, row=place, field="customer_no"),
            mask("customer_no", number),
            index,
            seal(name, row=place, field="name"),
            mask("name", name),
            blind_index("name", name),
        )


def row(entity: int, since: str) -> str:
    """The row of a customer, with %s for what is theirs alone, in the order of OWN."""
    blank = Customer(legal_entity_id=entity)
    columns = [one.attname for one in columns_of(Customer)]
    filled = (
        {name: as_text(getattr(blank, name)) for name in columns} | {"created_at": since} | dict.fromkeys(OWN, "%s")
    )
    assert [name for name in columns if name in OWN] == [*OWN]
    return "\t".join(filled[name] for name in columns)
