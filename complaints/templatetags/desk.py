from typing import Any

from django import template

from complaints.admin import timeleft

register = template.Library()


@register.simple_tag
def script_words() -> dict[str, Any]:
    """The words of static/sqm/sqm.js, as data attributes."""
    return timeleft.script_words()
