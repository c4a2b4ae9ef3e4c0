"""What can be wrong with a verb, in the order in which a door asks: 404, 412, 409, 403, 422."""

from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError, Forbidden, NotFound


class Stale(DomainError):
    code = "stale"
    message = _(
        "The case has changed since you opened it (you have version {given}, it is at {current}). Load it again."
    )
    status_code = 412


class WrongState(DomainError):
    code = "invalid-transition"
    message = _("“{verb}” is not possible while the case is “{state}”.")


class NoneToMergeInto(WrongState):
    message = _("Case {reference} is “{state}”: nothing is merged into it. Name one that is open and not decided.")


class NotOfAGroup(WrongState):
    message = _("“{verb}” is done in the case of each complainant, not in the group complaint.")


class NotAllowed(Forbidden):
    cause = "role"
    message = _("You may not do “{verb}” on this case. Ask its owner, your team lead or your supervisor.")


class GateNotMet(DomainError):
    """`missing` lists what is missing, one sentence each."""

    code = "gate"
    message = _("“{verb}” is not possible yet: {reasons}")
    status_code = 422

    def __init__(self, *, verb: str, missing: list[str]) -> None:
        super().__init__(verb=verb, missing=missing, reasons=" ".join(missing))


class SecondPerson(Forbidden):
    cause = "second-person"
    code = "second-person"
    message = _("Somebody else has to do this: you wrote or asked for it yourself.")


class OrderedFromAbove(Forbidden):
    cause = "second-person"
    code = "second-person"
    message = _("An order is returned or withdrawn by whoever gave it, or from above the unit that must answer.")


class OfTheUnit(Forbidden):
    cause = "second-person"
    code = "second-person"
    message = _("It is about your own unit: somebody above it rules on its liability.")


class NotOfTheRoute(Forbidden):
    cause = "second-person"
    code = "second-person"
    message = _("This is decided by: {whom}; and by nobody who had the case or worked on it.")


class NotPutToYou(Forbidden):
    cause = "role"
    message = _("No open task of this case is put to you or your unit: whoever was asked answers it.")


class NamedInTheComplaint(Forbidden):
    code = "recusal"
    message = _("The complaint concerns you: somebody else has to handle it (recusal).")


class NothingToTake(DomainError):
    code = "nothing-to-take"
    message = _("No case is waiting in your queue.")
    status_code = 404


class ClueThere(DomainError):
    code = "conflict"
    message = _("This is suspected already: another person decides on it.")


class ClueOver(DomainError):
    code = "conflict"
    message = _("Somebody has decided on it, or it has lapsed.")


class Conflicting(DomainError):
    """The same external id came with other content."""

    code = "conflict"
    message = _("This channel already sent something else as {external_id}. Send new content under a new external_id.")


class ApprovalMissing(DomainError):
    code = "no-approval"
    message = _("No open approval of this case matches. Load the case again.")


class ApprovalExpired(DomainError):
    code = "approval-expired"
    message = _("This approval was asked for too long ago. Ask again.")


class NotExportable(NotFound):
    message = _("There is no case {reference} that you may export. Take it out of the list.")


class WrongReference(DomainError):
    code = "validation"
    message = _("{reference} is not a case reference: it reads like C261123-0483175-9.")
    status_code = 400


class FileTooLarge(DomainError):
    code = "too-large"
    message = _("The file is too large: at most {most} MB. Send it in parts, or smaller.")
    status_code = 413


class TooManyFiles(DomainError):
    code = "too-many-files"
    message = _("A case takes {most} files, and this one has {there}. Put several pages into one PDF.")


class NoRoomForFiles(DomainError):
    code = "too-large"
    message = _("All files of a case together take {most} MB, and these would be more. Make them smaller.")
    status_code = 413


class TooManyWaiting(DomainError):
    code = "too-many-waiting"
    message = _("Too many files were handed over that nothing names. Name them, or wait a day until they are dropped.")
    status_code = 429


class FileThere(DomainError):
    code = "file-there"
    message = _("The case has this file already: {title}.")


class Quarantined(Forbidden):
    cause = "quarantine"
    code = "quarantined"
    message = _("The file is in quarantine and is given to nobody: {why}. Ask the customer for another one.")


class NotScannedYet(DomainError):
    code = "not-scanned"
    message = _("The file has not been scanned yet. Try again in a minute; if it stays so, tell the administrator.")


class OnlyForAReason(Forbidden):
    cause = "reason"
    code = "reason-missing"
    message = _("This is an identity document: who opens it says why. Open it on the page of the case.")
