"""What a channel is. One file a channel; the name of the file is its key, which is stored and sent."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from feedback.inbound import Inbound, content_hash
from feedback.models import Notice
from feedback.wording import Wording


class Channel:
    """A way by which people speak to us or we to them. A class in a file of its own registers itself."""

    registry: ClassVar[dict[str, "Channel"]] = {}
    key: ClassVar[str]
    label: Any  # for people, translated

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__ != __name__:
            cls.key = cls.__module__.rpartition(".")[2]
            Channel.registry[cls.key] = cls()


class Intake(Channel):
    """A channel by which customers speak.

    evidence   what shows when a message came in that a colleague types in later; empty: the channel knows it
    transfers  its messages are passed on by a body outside, which has a number for them and mostly wants an answer
    body       that body, where it is always the same; else it is asked
    """

    evidence: Any = ""
    transfers = False
    body = ""
    knows_who_speaks = False  # the customer has logged in there: only then their values are taken over
    nature = "complaint"  # what a message is when its sender does not say; a machine never makes it less

    def receive(self, body: Mapping[str, Any], *, at: datetime, nature: str = "") -> Inbound:
        """Turn the validated body of POST /feedback/ into an Inbound. Raises Invalid for a bad customer key.

        nature  what the client's configuration says for messages that do not name theirs
        """
        occurred_at = body.get("occurred_at") or at
        return Inbound(
            channel=self.key,
            vouched=self.knows_who_speaks,
            apart=body.get("apart", False),
            external_id=body["external_id"],
            nature=body.get("nature") or nature or self.nature,
            occurred_at=occurred_at,
            received_at=min(occurred_at, at),  # a sender's clock may be ahead of ours
            content_hash=content_hash(body),
            thread=body.get("thread", ""),
            customer=body.get("customer") or {},
            subject=body.get("subject", ""),
            text=body.get("text", ""),
            scores=body.get("scores") or {},
            metadata=body.get("metadata") or {},
        )


class Sender(Channel):
    """A channel by which we speak."""

    address: str  # the attribute of a customer or colleague that says where they are reached

    @abstractmethod
    def send(self, notice: Notice, wording: Wording, *, to: str) -> None:
        """Send one message, within a minute. At least once: the same notice may come again after a crash.

        Raises ChannelDown when it should be tried again, ChannelRefused when that is no use. Neither names `to`.
        """
