"""Every time the API tells, in one offset: that of the institution."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from sqm_site.fields import MOMENT


def local(value: Any) -> Any:
    """A moment, or the text of one, as ISO 8601 with the institution's offset; anything else as it is."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, str) and (found := MOMENT.fullmatch(value)) and found[2]:
        return timezone.localtime(datetime.fromisoformat(value)).isoformat()
    return value


def localised(value: Any) -> Any:
    """The same at any depth of a JSON value."""
    if isinstance(value, Mapping):
        return {name: localised(one) for name, one in value.items()}
    if isinstance(value, list):
        return [localised(one) for one in value]
    return local(value)
