"""What intake is measured against: a DRF view that checks three fields and does one INSERT."""

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sqm_site.models import Heartbeat


class RowInput(serializers.Serializer):
    external_id = serializers.CharField(max_length=60)
    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=10_000)


class BareView(APIView):
    authentication_classes: list[type] = []
    permission_classes: list[type] = []

    def post(self, request: Request) -> Response:
        given = RowInput(data=request.data)
        given.is_valid(raise_exception=True)
        name = given.validated_data.pop("external_id")
        row = Heartbeat.objects.create(name=name, beat_at=timezone.now(), details=given.validated_data)
        return Response({"id": row.pk}, status=201)


urlpatterns = [path("api/v1/feedback/", BareView.as_view())]
