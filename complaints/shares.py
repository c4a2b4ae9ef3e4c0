"""责任认定: the units that answer for a ruling, in one statement with it."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from complaints.models import LiabilityShare

ANSWERING = ArraySubquery(
    LiabilityShare.objects.filter(liability=OuterRef("pk"))
    .order_by("pk")
    .values(share=JSONObject(unit="unit__name", percent="percent"))
)
