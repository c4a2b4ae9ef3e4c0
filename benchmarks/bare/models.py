from django.db import models


class BareMessage(models.Model):
    channel = models.CharField(max_length=20)
    external_id = models.CharField(max_length=128)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    customer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
