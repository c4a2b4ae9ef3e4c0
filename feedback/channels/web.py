from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Web(Intake):
    """The form on the web site."""

    label = pgettext_lazy("channel", "Web site")
