"""Errors a caller can act on. One handler in `sqm_site.api` turns each into a problem document."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

ETAG = re.compile(r'^"[0-9]{1,9}"$', re.ASCII)  # of a case: its version
KEY = re.compile(r"^[!-~]+$")  # of a repeated request: visible ASCII, without spaces


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint by which the database refused; empty where it says none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


class DomainError(Exception):
    """A business rule said no. The caller can act on it, and nothing was written.

    code         word for programs; once published it never changes
    message      sentence for people: what happened, then what to do about it; `{facts}` are filled in when somebody
                 reads it, since a page asks every verb why not, and shows few of the answers
    status_code  HTTP status the API answers with
    """

    code: str = "conflict"
    message: Any = _("This is not possible now.")
    status_code: int = 409

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        super().__init__()

    def __str__(self) -> str:
        return str(self.message).format(**self.facts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class NotFound(DomainError):
    code = "not-found"
    message = _("There is no {what} with this address, or it is not in your area.")
    status_code = 404


class Forbidden(DomainError):
    """`causes`, rows of `errors`, tell programs apart what one status has in common.

    cause  the word of a class whose cause is always the same
    """

    cause = ""
    code = "forbidden"
    message = _("You may not do this. Ask your team lead or supervisor.")
    status_code = 403

    def __init__(self, *, causes: Sequence[Mapping[str, str]] = (), **facts: Any) -> None:
        super().__init__(**facts)
        self.named = list(causes)

    @property
    def causes(self) -> list[dict[str, str]]:
        return [dict(one) for one in self.named] or ([cause("", self.cause, self)] if self.cause else [])


def cause(field: str, code: str, sentence: Any) -> dict[str, str]:
    """One row of `errors`. field: what of the request it is about; empty: the whole."""
    return {"field": field, "code": code, "detail": str(sentence)}


class Unavailable(DomainError):
    code = "unavailable"
    message = _("The service cannot store anything at the moment. Repeat the same request in a few seconds.")
    status_code = 503


class Invalid(DomainError):
    """Input that cannot be taken. `fields` names each bad field with its sentences."""

    code = "validation"
    message = _("The request has fields that cannot be taken; see errors.")
    status_code = 400

    def __init__(self, fields: Mapping[str, list[str]], **facts: Any) -> None:
        self.fields = fields
        super().__init__(**facts)
