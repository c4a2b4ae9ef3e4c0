from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("growing", "0003_filled")]
    operations = [AddIndexConcurrently("entry", models.Index(fields=["hours"], name="growing_hours"))]
