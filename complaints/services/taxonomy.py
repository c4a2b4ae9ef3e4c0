"""The code lists: laid down from `complaints/taxonomy.json`, read without a query a case."""

from django.db import transaction

from complaints.models.code import Code, laid_down
from organization.models import Spelling
from sqm_site.remembering import Memory

# The three lists of a classification: where it happened (A), what it is about (B), why (C).
CHANNEL_A, CATEGORY_B, REASON_C = "business_channel_A", "business_category_B", "reason_C"
TABLES: Memory[dict[str, dict[str, Code]]] = Memory(60)


@transaction.atomic
def setup_taxonomy() -> str:
    """Add the codes that are missing and retire older versions; give the version laid down.

    What an administrator renamed or switched off stays so: present codes are left alone.
    """
    source = laid_down()
    version = source["version"]
    Code.objects.bulk_create(
        [
            Code(
                dimension=dimension,
                code=row["code"],
                zh=row["zh"],
                en=row["en"],
                parent_code=row["parent"],
                version=version,
                position=position,
            )
            for dimension, names in source["dimensions"].items()
            for position, row in enumerate(names["codes"])
        ],
        ignore_conflicts=True,
    )
    Code.objects.filter(active=True, version__lt=version).update(active=False)
    TABLES.forget()
    return version


def codes(dimension: str) -> dict[str, Code]:
    """The codes that may be chosen today, in their order. At most 60 seconds behind the table."""
    return {code: row for code, row in _codes_of(dimension).items() if row.active}


def every_code(dimension: str) -> list[Code]:
    """All codes of a dimension, also those that old cases alone still carry, in their order."""
    return list(_codes_of(dimension).values())


def dimensions() -> list[str]:
    return list(_every_code())


def is_leaf(dimension: str, code: str) -> bool:
    """Whether the code may be chosen and none finer stands under it."""
    chosen = codes(dimension)
    return code in chosen and all(row.parent_code != code for row in chosen.values())


def label(dimension: str, code: str) -> str:
    """The name to show, of retired codes too; a code nobody laid down is shown as it is."""
    row = _codes_of(dimension).get(code)
    return row.label if row else code


def path_of(dimension: str, code: str) -> list[Code]:
    """The codes from the top of the tree down to this one."""
    every, found = _codes_of(dimension), list[Code]()
    while code in every:
        found.insert(0, every[code])
        code = every[code].parent_code
    return found


def place_name(dimension: str, code: str) -> str:
    """“信用卡 / 分期与息费”: a name that says enough where it stands alone, without saying the upper one twice."""
    *above, row = path_of(dimension, code)
    if not above:
        return row.label
    return f"{above[-1].label} / {row.label.removeprefix(above[-1].label) or row.label}"


def typed_as(dimension: str, code: str) -> str:
    """The syllables of a code and of all above it, by which a page finds it; empty before they were spelled."""
    return " ".join(filter(None, (row.syllables for row in path_of(dimension, code))))


def current_version() -> str:
    """The version of the code lists that a classification made today belongs to; empty before `setup`."""
    return max((row.version for row in _codes_of(REASON_C).values()), default="")


def _codes_of(dimension: str) -> dict[str, Code]:
    return _every_code().get(dimension, {})


def _every_code() -> dict[str, dict[str, Code]]:
    return TABLES.get("all", _read) or {}


def _read() -> dict[str, dict[str, Code]]:
    tables: dict[str, dict[str, Code]] = {}
    heard = dict(Spelling.objects.filter(name__in=Code.objects.values("zh")).values_list("name", "syllables"))
    for row in Code.objects.order_by("dimension", "-version", "position"):
        row.syllables = heard.get(row.zh, "")
        tables.setdefault(row.dimension, {}).setdefault(row.code, row)  # the newest version of a code wins
    return tables
