"""The one error of the embedded engines."""


class EngineError(Exception):
    """An engine cannot run here: one sentence with what to do. In English, because it may come before settings."""
