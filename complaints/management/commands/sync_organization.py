"""Bring units, teams, people and roles to what the personnel system says, and tell what falls to the posts."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from complaints.models import OPEN, Case
from organization.models import User
from organization.services import syncing
from organization.syncing.reading import Unreadable
from sqm_site.console import new_file
from sqm_site.locking import only_one

STEP = 500  # rows between two lines of progress


class Command(BaseCommand):
    help = "Bring units, teams, people and roles to what FILE says (.xlsx, or JSON): all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be made, changed and ended")
        parser.add_argument("--prune", action="store_true", help="who is missing in the file leaves; missing roles end")
        parser.add_argument("--duties", action="store_true", help="also roles of administrators and auditors")
        parser.add_argument("--passwords", type=Path, help="a new file for the one-time passwords of new people")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        at = timezone.now()
        given = {"at": at, "pruned": options["prune"], "duties": options["duties"]}
        try:
            content = file.read_bytes()
            if options["dry_run"]:
                self.tell(syncing.plan(content, **given), file, "would be ")
                return
            with only_one("sync_organization") as alone:
                if not alone:
                    raise CommandError("Another sync_organization runs. Wait for its end.")
                hand = partial(give_out, options["passwords"]) if options["passwords"] else None
                self.tell(syncing.synchronise(content, **given, give_out=hand, done=self.progress), file, "")
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error}).") from error
        except Unreadable as error:
            raise CommandError(f"{file}: {error}") from error
        except DatabaseError as error:
            raise CommandError(f"Nothing was written, the database refused: {error}") from error

    def progress(self, count: int) -> None:
        if count % STEP == 0:
            self.stderr.write(f"{count:,} rows")

    def tell(self, plan: syncing.Plan, file: Path, would: str) -> None:
        """Every fault, or every change and the open cases of whom they take it from."""
        for fault in plan.faults:
            self.stderr.write(str(fault))
        if plan.faults:
            raise CommandError(
                f"{file}: nothing is written. Correct the faults ({len(plan.faults)}), and run it again."
            )
        self.rows(["act", "kind", "key", "was", "now"], [one.cells() for one in plan.changes])
        cases = list(open_cases(plan.losing()))
        if cases:
            self.stdout.write(
                "Open cases of who leaves or loses a role; without a role for them they fall to the post:"
            )
            self.rows(["case", "unit", "state", "next due", "owner"], cases)
        acts = [one.act for one in plan.changes]
        counts = ", ".join(f"{acts.count(act)} {would}{act}" for act in syncing.ACTS)
        self.stdout.write(f"{counts}; {len(cases)} open cases concerned.")

    def rows(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Between tabs, so that a sheet takes them."""
        for row in [headings, *rows] if rows else []:
            self.stdout.write("\t".join(row))


def give_out(path: Path, passwords: dict[str, str]) -> None:
    """A line a person, between tabs."""
    new_file(path, "".join(f"{name}\t{password}\n" for name, password in passwords.items()).encode())


def open_cases(people: Sequence[User]) -> Iterator[Sequence[str]]:
    """What these own or are offered, the most urgent first."""
    keys = [person.pk for person in people]
    cases = Case.objects.filter(Q(owner__in=keys) | Q(offered_to__in=keys), state__in=[*OPEN])
    for case in cases.select_related("handling_unit", "owner").order_by("next_due_at", "pk").iterator():
        due = timezone.localtime(case.next_due_at).strftime("%Y-%m-%d %H:%M") if case.next_due_at else ""
        unit = case.handling_unit
        yield (
            case.reference,
            f"{unit.code} {unit.name}",
            case.get_state_display(),
            due,
            str(case.owner and case.owner.username),
        )
