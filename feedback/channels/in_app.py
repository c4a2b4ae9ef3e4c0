from django.utils.translation import pgettext_lazy

from feedback.channels.base import Channel


class InApp(Channel):
    """The bell in the application. Nothing is sent: the notice is read where it lies."""

    label = pgettext_lazy("channel", "In the application")
