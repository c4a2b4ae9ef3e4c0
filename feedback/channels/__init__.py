"""The channels: every file of this folder is one."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from feedback.channels.base import Channel, Intake, Sender

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")


def intakes() -> dict[str, Intake]:
    return {key: channel for key, channel in Channel.registry.items() if isinstance(channel, Intake)}


def senders() -> dict[str, Sender]:
    return {key: channel for key, channel in Channel.registry.items() if isinstance(channel, Sender)}


def channel_label(key: str) -> Any:
    """The word for a channel; of one that is no more, its key."""
    channel = Channel.registry.get(key)
    return channel.label if channel else key
