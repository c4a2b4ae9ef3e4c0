"""An event log of another system, and how its activities are said here: a CSV, and a mapping in JSON.

    {"columns": {"case": "case_id", "activity": "activity", "at": "timestamp", "who": "resource"},
     "case": {"nature": "service_request", "subject": "..."},
     "waits": ["Wait"],
     "activities": {"Take in charge": [[{"verb": "take_next"}], [{"verb": "note", "given": {"text": "..."}}]]}}

An activity has ways, tried in their order; a way is steps, and is taken wholly or not at all.
"""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from complaints.models import Nature
from complaints.verbs import VERBS

NEEDED = ("case", "activity", "at")
WHO, OWN, OWNER, LEAD = "who", "own", "owner", "lead"  # by whom a step is taken; OWN: by who, if they have the case
WEEK = timedelta(days=7)


class LogError(Exception):
    """A file that is none; the sentence says what to do."""


@dataclass(frozen=True)
class Step:
    """One verb. by: WHO, OWN, OWNER or LEAD; maybe: where it is refused, the way goes on without it"""

    verb: str
    by: str
    given: Mapping[str, Any]
    maybe: bool


@dataclass(frozen=True)
class Said:
    """How the log is said here. case: fields of the message that opens one; waits: activities after which it waits"""

    columns: Mapping[str, str]
    case: Mapping[str, Any]
    waits: frozenset[str]
    activities: Mapping[str, Sequence[Sequence[Step]]]


@dataclass(frozen=True)
class Line:
    """One event. number: its line in the file; at: aware; None where it is no moment"""

    number: int
    case: str
    activity: str
    at: datetime | None
    who: str


def mapping_of(path: Path) -> Said:
    """Raises LogError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        ways = {
            name: [[step_of(one) for one in way] for way in all_ways] for name, all_ways in found["activities"].items()
        }
        said = Said(found["columns"], found["case"], frozenset(found.get("waits", [])), ways)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogError(f"{path}: {type(error).__name__}: {error}. Write it as samples/replay_mapping.json.") from error
    if lacking := [name for name in NEEDED if name not in said.columns]:
        raise LogError(f"{path}: columns: {', '.join(lacking)} is missing.")
    if said.case.get("nature") not in Nature.values:
        raise LogError(f"{path}: case: nature must be one of {', '.join(Nature.values)}.")
    return said


def step_of(given: Mapping[str, Any]) -> Step:
    verb, by = given["verb"], given.get("by", WHO)
    if verb not in VERBS or by not in {WHO, OWN, OWNER, LEAD}:
        raise LogError(
            f"There is no verb {verb}, or nobody called {by}: see docs/case.md; who, own, owner or lead takes a step."
        )
    return Step(verb, by, given.get("given", {}), given.get("maybe", False))


def lines_of(path: Path, columns: Mapping[str, str]) -> list[Line]:
    """Every line of the log, in the order of the file. Raises LogError."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if lacking := [name for name in columns.values() if name not in (reader.fieldnames or [])]:
                raise LogError(f"{path}: there is no column {', '.join(lacking)}. Correct `columns` of the mapping.")
            return [line_of(number, row, columns) for number, row in enumerate(reader, 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LogError(f"{path} cannot be read ({error}). Give a CSV in UTF-8, or one that gzip packed.") from error


def line_of(number: int, row: Mapping[str, str | None], columns: Mapping[str, str]) -> Line:
    told = {name: (row.get(column) or "").strip() for name, column in columns.items()}
    return Line(number, told["case"], told["activity"], moment(told["at"]), told.get("who", ""))


def moment(written: str) -> datetime | None:
    """What is written without an offset is local time."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def moved(lines: Sequence[Line], now: datetime) -> timedelta:
    """Whole weeks by which the log is moved, so that it ends within the last one and its rules are those of today."""
    last = max((line.at for line in lines if line.at is not None), default=now)
    return (now - last) // WEEK * WEEK
