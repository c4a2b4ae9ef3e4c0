from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Phone(Intake):
    """The service hotline: notes of its agents, and its call system."""

    label = pgettext_lazy("channel", "Phone")
