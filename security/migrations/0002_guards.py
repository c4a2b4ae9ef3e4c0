from django.db import migrations

from security.chain import append_only_operations


class Migration(migrations.Migration):
    dependencies = [("security", "0001_initial")]
    operations = [*append_only_operations("security_auditrow"), *append_only_operations("security_auditseal")]
