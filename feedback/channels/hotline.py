from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Hotline(Intake):
    """Orders of the city hotline."""

    label = pgettext_lazy("channel", "City hotline 12345")
    transfers = True
    body = "12345"
