"""A kind of job, and one run of it: how a worker says how far it is, and hears that nobody wants it any more."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import QueryDict

from organization.models import Job, User
from sqm_site.models import Heartbeat
from sqm_site.sweeping import batched

NAME = "run jobs"
Key = TypeVar("Key")


class Unwanted(Exception):
    """The job was cancelled, or given up and begun by another worker: this one stops and writes nothing."""


class TooMuch(Exception):
    """It is more than one file takes."""


class Run:
    """One worker at one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.user: User = job.asked_by
        self.arguments: dict[str, Any] = job.arguments
        self.done = 0  # rows, or what its kind counts
        self.subjects: list[str] = []  # what the file tells of, beside the job, as the audit log calls it

    @property
    def mine(self) -> QuerySet[Job]:
        """The row, while this worker is the one that does it."""
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, runs=self.job.runs)

    def batches(self, keys: Sequence[Key], size: int) -> Iterator[list[Key]]:
        """So many keys at a time; after each batch it is told how far it is. Raises Unwanted between two of them."""
        self.reach(len(keys))
        for batch in batched(keys, size):
            yield batch
            self.done += len(batch)
            self.reach(len(keys))

    def reach(self, total: int) -> None:
        if not self.mine.update(done=self.done, total=total, heartbeat_at=Now()):
            raise Unwanted
        Heartbeat.beat(NAME)


class JobKind(ABC):
    """One kind of job.

    key    its word in the row, the address and the log
    needs  the right of permissions.yml that is asked for when it is asked, begun, and its file given out
    """

    key: ClassVar[str]
    needs: ClassVar[str] = "export"

    @abstractmethod
    def read(self, given: QueryDict, user: User) -> dict[str, Any]:
        """The arguments, from what a form sent. Raises Invalid."""

    @abstractmethod
    def titled(self, arguments: Mapping[str, Any]) -> str:
        """What it is called in the list of jobs, in the reader's language."""

    @abstractmethod
    def named(self, job: Job) -> str:
        """The name of its file, with an ending."""

    @abstractmethod
    def write(self, run: Run) -> bytes:
        """Do it: the content of the file. Raises Unwanted, TooMuch; Forbidden for what the person lost meanwhile."""
