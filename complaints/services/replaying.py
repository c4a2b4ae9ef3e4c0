"""The state of a case follows from its events alone: here they are replayed and compared with the rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from complaints.chronicle import IN_WORDS, blank, clock_key, said_in, standing
from complaints.models import Case, CaseEvent, Clock


def differences(case: Case) -> Iterator[str]:
    """One sentence for each fact of a case, its clocks included, that its log tells otherwise."""
    events = list(case.events.order_by("sequence"))
    if events and events[-1].after != case.state:
        yield _("{what} is not what the log says.").format(what="state")
    columns, digests, clocks = replayed(events)
    for name in unlike(case, columns, apart=IN_WORDS):
        yield _("{what} is not what the log says.").format(what=name)
    for name in IN_WORDS:
        if not spoken(case, name, digests.get(name)):
            yield _("{what} is not what the log says.").format(what=name)
    rows = {clock_key(clock): clock for clock in case.clocks.all()}
    for key in sorted(rows.keys() ^ clocks.keys()):
        yield _("The clock {key} stands only in the log or only among the clocks.").format(key=key)
    for key in sorted(rows.keys() & clocks.keys()):
        for name in unlike(rows[key], clocks[key]):
            yield _("{what} is not what the log says.").format(what=f"{key} {name}")


def replayed(
    events: Iterable[CaseEvent],
) -> tuple[dict[str, Any], dict[str, tuple[int, str]], dict[str, dict[str, Any]]]:
    """The columns of the case and of its clocks after these events, and where the words of a column are kept."""
    columns = dict(blank(Case))
    clocks: dict[str, dict[str, Any]] = defaultdict(lambda: dict(blank(Clock)))
    digests: dict[str, tuple[int, str]] = {}
    for event in events:
        told = event.details.get("case", {})
        columns |= told
        for name in IN_WORDS & told.keys():
            digests.pop(name, None)  # emptied
        for name in IN_WORDS & event.details.get("texts", {}).keys():
            digests[name] = (event.sequence, event.details["texts"][name])
        for key, changes in event.details.get("clocks", {}).items():
            clocks[key] |= changes
    return columns, digests, clocks


def unlike(row: Case | Clock, told: Mapping[str, Any], *, apart: Iterable[str] = ()) -> list[str]:
    """The columns whose value is not the one told, which is as JSON has it."""
    fields = {field.attname: field for field in row._meta.concrete_fields}
    return [
        name
        for name, value in standing(row).items()
        if name not in apart and fields[name].to_python(told[name]) != value
    ]


def spoken(case: Case, name: str, digest: tuple[int, str] | None) -> bool:
    """Whether a column that people wrote holds the words whose digest the log has."""
    value = getattr(case, name)
    if digest is None or not value:
        return digest is None and not value
    text = case.texts.filter(event_sequence=digest[0], kind=name).first()
    return text is not None and text.digest_of(said_in(value)) == digest[1]
