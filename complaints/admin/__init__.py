"""The desk: the pages on which people work, inside the shell of the admin."""

from complaints.admin.codes import CodeAdmin

__all__ = ["CodeAdmin"]
