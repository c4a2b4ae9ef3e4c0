from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("growing", "0004_index")]
    operations = [
        AddConstraintNotValid(
            "entry", models.CheckConstraint(condition=models.Q(hours__gte=0), name="growing_hours_positive")
        )
    ]
