from django.urls import path
from rest_framework.generics import CreateAPIView
from rest_framework.serializers import ModelSerializer

from benchmarks.bare.models import BareMessage


class BareSerializer(ModelSerializer):
    class Meta:
        model = BareMessage
        fields = ["id", "channel", "external_id", "subject", "text", "customer", "created_at"]


class BareView(CreateAPIView):
    serializer_class = BareSerializer


urlpatterns = [path("bare/", BareView.as_view())]
