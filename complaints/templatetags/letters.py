"""{% must %}…{% endmust %} in the template of a letter: words that whoever edits the draft cannot leave out."""

from django import template

from complaints.letters.kinds import REQUIRED

register = template.Library()


@register.simple_block_tag(takes_context=True)
def must(context: template.Context, content: str) -> str:
    phrase = content.strip()
    if phrase:
        context[REQUIRED].append(phrase)
    return phrase
