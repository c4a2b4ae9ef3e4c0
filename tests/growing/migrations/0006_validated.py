from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("growing", "0005_constraint")]
    operations = [ValidateConstraint("entry", "growing_hours_positive")]
