from typing import Any

from django import template

from complaints import countdown

register = template.Library()


@register.simple_tag
def script_words() -> dict[str, Any]:
    """The words of static/sqm/sqm.js, as data attributes."""
    return countdown.script_words()
