"""The event log is append-only in the database too."""

from django.db import migrations

from security.chain import append_only_operations


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]

    operations = append_only_operations("complaints_caseevent")
