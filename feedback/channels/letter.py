from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Letter(Intake):
    """Letters and faxes. They count from the day they came, not from the day somebody typed them in."""

    label = pgettext_lazy("channel", "Letter")
    evidence = pgettext_lazy("channel", "Postmark or tracking number")
