from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Counter(Intake):
    """The counter of a branch: who comes in person, and the complaint box."""

    label = pgettext_lazy("channel", "Counter")
    evidence = pgettext_lazy("channel", "Number in the register of the branch")
