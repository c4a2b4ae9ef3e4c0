from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Regulator(Intake):
    """What a regulator or another body passes on by letter, fax or platform."""

    label = pgettext_lazy("channel", "Regulator's transfer")
    transfers = True
