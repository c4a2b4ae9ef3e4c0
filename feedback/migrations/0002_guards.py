"""What a customer said stays in the legal entity that the customer spoke to."""

from django.db import migrations

from organization.wall import keys, targets

CUSTOMER = "feedback_customer"


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_initial"), ("organization", "0002_guards")]

    operations = [
        *targets(CUSTOMER, "feedback_feedback"),
        *keys("feedback_feedback", {"customer_id": CUSTOMER, "client_id": "organization_apiclient"}),
        *keys("feedback_survey", {"customer_id": CUSTOMER}),
    ]
