"""Personal values of a row: sealed in one column, masked in another, found through a third.

    class Customer(SealedRow):
        phone_sealed = models.TextField(blank=True)
        phone_masked = models.CharField(max_length=40, blank=True)
        phone_index = models.CharField(max_length=32, blank=True)
        phone = SealedValue("phone")

    customer.phone = "13800138000"    # fills the columns; save() as usual
    str(customer.phone)               # 138****8000; nothing is decrypted

Only `services.reveal(customer.phone, actor=..., reason=..., at=...)` gives the plain value.
"""

from typing import Any
from uuid import UUID, uuid4

from django.db import models

from security.blind import blind_index, name_index, phone_tail_index
from security.masking import mask
from security.sealing import seal


class SealedRow(models.Model):
    """A row with sealed values. They open only together with its `row_id`, which therefore never changes."""

    row_id = models.UUIDField(default=uuid4, editable=False)

    class Meta:
        abstract = True


class Sealed:
    """One sealed value of one row. It can show its mask; only `services.reveal` opens it."""

    __slots__ = ("field", "kind", "owner")

    def __init__(self, owner: Any, field: str, kind: str) -> None:
        self.owner, self.field, self.kind = owner, field, kind

    @property
    def present(self) -> bool:
        return bool(self.token)

    @property
    def masked(self) -> str:
        """The masked form, for a field without masked column stars or nothing."""
        stars = mask(self.kind, "*") if self.present else ""
        return getattr(self.owner, f"{self.field}_masked", stars)

    @property
    def token(self) -> str:
        return getattr(self.owner, f"{self.field}_sealed")

    @property
    def index(self) -> str:
        """The blind index, where the row has one."""
        return getattr(self.owner, f"{self.field}_index", "")

    @property
    def row(self) -> UUID:
        return self.owner.row_id

    def __str__(self) -> str:
        return self.masked


class SealedValue(property):
    """Declares `<name>` over the columns `<name>_sealed` and, where the model has them, `<name>_masked`,
    `<name>_index` and (phones) `<name>_tail_index`. `kind` is one of masking.MASKS.

    Assigning text fills them, "" empties them; Invalid is raised when a value to be indexed is none of its
    kind. It is a property so that `Model(phone=...)` works.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(self._read, self._write)
        self.kind = kind

    def __set_name__(self, model: type, name: str) -> None:
        self.name = name

    def _read(self, owner: Any) -> Sealed:
        return Sealed(owner, self.name, self.kind)

    def _write(self, owner: Any, plain: str) -> None:
        columns = {
            "index": lambda: blind_index(self.kind, plain) if self.kind != "name" else name_index(plain),
            "tail_index": lambda: phone_tail_index(plain),
            "masked": lambda: mask(self.kind, plain),
            "sealed": lambda: seal(plain, row=owner.row_id, field=self.name),
        }
        for ending, filled in columns.items():
            column = f"{self.name}_{ending}"
            if hasattr(type(owner), column):
                setattr(owner, column, filled() if plain else "")
