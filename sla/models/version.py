"""The mark that tells every process when the configuration has changed."""

from django.db import models


class Version(models.Model):
    """One row. Triggers of the database renew the stamp with every change of a table of this room (0002)."""

    stamp = models.UUIDField(editable=False)
