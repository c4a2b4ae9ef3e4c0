from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake


class Wechat(Intake):
    """The official account; `thread` is account and openid, so that a conversation stays one case."""

    label = pgettext_lazy("channel", "WeChat")
