from django.db import migrations

BATCH = 100


def fill(apps, schema_editor):
    """By batches, each committed: nobody waits for the last row."""
    entries = apps.get_model("growing", "Entry").objects.filter(hours=None).order_by("pk")
    while keys := list(entries.values_list("pk", flat=True)[:BATCH]):
        for entry in entries.filter(pk__in=keys):
            entry.hours = entry.minutes // 60
            entry.save(update_fields=["hours"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("growing", "0002_column")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
