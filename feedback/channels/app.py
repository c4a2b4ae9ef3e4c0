from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class App(Intake):
    """The institution's mobile app."""

    label = pgettext_lazy("channel", "Mobile app")
    knows_who_speaks = True
