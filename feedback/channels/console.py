from django.utils.translation import pgettext_lazy

from feedback.channels.base import Sender
from feedback.models import Notice
from feedback.printing import say
from feedback.wording import Wording
from security.masking import mask


class Console(Sender):
    """Short messages to a phone, printed instead of sent: for demonstrations and development."""

    label = pgettext_lazy("channel", "Console")
    address = "phone"

    def send(self, notice: Notice, wording: Wording, *, to: str) -> None:
        say("short message", to=mask("phone", to), subject=wording.subject, body=wording.body)
