from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Media(Intake):
    """The press, and what is said in public on the net."""

    label = pgettext_lazy("channel", "Media")
    evidence = pgettext_lazy("channel", "Where and when it was published")
