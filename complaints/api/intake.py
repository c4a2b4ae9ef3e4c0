"""POST /feedback/ : what any channel sends. The hot path of the whole product: few statements, no work twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from complaints.api.out import Receipt, receipt
from complaints.fields import CodeField
from complaints.models import Nature, Touchpoint
from complaints.models.representative import AUTHORITY, CAPACITY, NAME
from complaints.services.intake import Incoming, take_in
from complaints.services.reference import parse
from complaints.services.taxonomy import CATEGORY_B, CHANNEL_A, REASON_C
from complaints.verbs.addressing import AddressField
from complaints.verbs.representing import MOST
from feedback import channels
from organization.doors import IdempotentDoor, scope_required
from organization.models import ApiClient
from organization.services import business_line_of, complained_unit_of, unit_of
from sqm_site.clock import trusted_now
from sqm_site.errors import Forbidden, cause
from sqm_site.fields import (
    AwareDateTime,
    Input,
    StrictChar,
    StrictChoice,
    StrictDate,
    StrictDecimal,
    StrictInteger,
    StrictObject,
)

AHEAD = timedelta(minutes=5)  # how far a sender's clock may be ahead of ours
EXAMPLE = {
    "channel": "phone",
    "external_id": "call-20261123-000417",
    "occurred_at": "2026-11-23T09:12:00+08:00",
    "customer": {"customer_no": "K0031877", "phone": "13800138000"},
    "subject": "年费重复扣收",
    "text": "我的信用卡年费被重复扣了两次，请尽快退回。",
    "amount": "200.00",
}
KEYS_OF_CASE = (
    "touchpoint",
    "product",
    "amount",
    "business_channel",
    "category",
    "reason",
    "named_staff",
    "complainants",
    "complainant_type",
)


class CustomerInput(Input):
    customer_no = StrictChar(max_length=40, format="customer-no", required=False)
    name = StrictChar(max_length=100, required=False)
    phone = StrictChar(max_length=40, format="phone", required=False)
    id_no = StrictChar(max_length=40, format="id-no", required=False)
    email = StrictChar(max_length=254, format="email", required=False)
    openid = StrictChar(max_length=64, format="openid", required=False)


class RepresentativeInput(Input):
    capacity = CodeField(CAPACITY)
    name = StrictChar(max_length=100)
    phone = AddressField("phone")
    email = AddressField("email")
    authority = CodeField(AUTHORITY, required=False, default="", allow_blank=True)
    signed_on = StrictDate(required=False, help_text="The day of the paper.")
    valid_until = StrictDate(required=False)


class ScoresInput(Input):
    csat = StrictInteger(min_value=1, max_value=5, required=False)
    nps = StrictInteger(min_value=0, max_value=10, required=False)
    ces = StrictInteger(min_value=1, max_value=7, required=False)


class FeedbackInput(Input):
    channel = StrictChoice([(key, one.label) for key, one in channels.intakes().items()])
    external_id = StrictChar(
        max_length=128,
        help_text="Your name of the message, unique for ever in the channel among what keys of your unit send.",
    )
    nature = StrictChoice(Nature.choices, required=False, help_text="Default: the client's, as a rule complaint.")
    occurred_at = AwareDateTime(
        not_after=AHEAD,
        required=False,
        help_text="When the customer handed it to you: deadlines count from there. Default: now.",
    )
    case = StrictChar(
        max_length=24, format="case-reference", required=False, help_text="Joins this case, which you brought in."
    )
    thread = StrictChar(
        max_length=200,
        required=False,
        help_text="Your key of the conversation: joins the open case you opened with the same one, else opens one.",
    )
    customer = CustomerInput(required=False)
    subject = StrictChar(max_length=200, required=False, allow_blank=True)
    text = StrictChar(max_length=100_000, lines=True, required=False, allow_blank=True)
    business_line = StrictChar(
        max_length=40, format="business-line-code", required=False, help_text="Code of a business line."
    )
    touchpoint = StrictChoice(Touchpoint.choices, required=False)
    product = StrictChar(max_length=80, required=False)
    amount = StrictDecimal(
        max_digits=14, decimal_places=2, min_value=0, required=False, help_text="In dispute, in yuan."
    )
    business_channel = CodeField(CHANNEL_A, required=False)
    category = CodeField(CATEGORY_B, required=False)
    reason = CodeField(REASON_C, required=False)
    unit = StrictChar(
        max_length=40, format="unit-code", required=False, help_text="Your unit or one below it. Default: yours."
    )
    complained_unit = StrictChar(
        max_length=40,
        format="unit-code",
        required=False,
        help_text="Code of the unit it is about, of your institution.",
    )
    complainant_type = CodeField("complainant_type", required=False)
    representatives = serializers.ListField(
        child=RepresentativeInput(),
        max_length=MOST,
        required=False,
        help_text="Who raised it for another, or was elected by several. A colleague verifies their paper.",
    )
    named_staff = serializers.ListField(child=StrictChar(max_length=40), max_length=20, required=False)
    complainants = StrictInteger(min_value=1, max_value=100_000, required=False)
    attachments = serializers.ListField(
        child=StrictInteger(min_value=1, max_value=2**62),
        max_length=20,
        required=False,
        help_text="Ids of files that you sent by `POST /attachments/` within a day before.",
    )
    scores = ScoresInput(required=False)
    metadata = StrictObject(required=False, help_text="Yours: kept with the message, no part of its content.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("text") and not given.get("subject") and not given.get("scores"):
            raise serializers.ValidationError({"text": _("Send text, a subject or scores.")})
        return given


class FeedbackView(IdempotentDoor, APIView):
    """Take in one message. A repeat of channel and external_id with the same content is answered as the first time."""

    permission_classes = [scope_required("feedback:write")]
    answers = ("Location", "Replayed")

    @extend_schema(
        operation_id="post_feedback",
        tags=["intake"],
        summary="Post what a customer said",
        description=(
            "At least one of `text`, `subject` and `scores` is needed. 201 is a receipt: message, case, owner and "
            "deadlines are stored; any other answer stored nothing. After a time-out, 429 or 503 send the same again: "
            "`external_id` makes it safe."
        ),
        examples=[OpenApiExample("A complaint by phone", value=EXAMPLE, request_only=True)],
        request=FeedbackInput,
        responses={
            201: Receipt,
            200: OpenApiResponse(Receipt, description="A repeat: the same ids, the case as it is"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        if not isinstance(request.auth, ApiClient):
            raise Forbidden(causes=[cause("", "client-only", _("People register at the desk, under their own name."))])
        return self.once(request, partial(self.take, request.data, request.auth))

    def take(self, sent: Any, client: ApiClient) -> tuple[int, dict[str, Any]]:
        dated = isinstance(sent, dict) and bool(sent.get("occurred_at"))
        at = timezone.now() if dated else trusted_now()
        try:
            given = FeedbackInput.read(sent)
        except serializers.ValidationError as error:
            if "occurred_at" in error.detail:
                trusted_now()  # it may be our clock that is wrong, and a 400 would never be sent again
            raise
        taken = take_in(incoming(given, client, at=at), at=at)
        return (201 if taken.fresh else 200), receipt(taken)

    def headers_of(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {"Location": reverse("case", args=[body["reference"]])} if body["reference"] else {}


def incoming(given: dict[str, Any], client: ApiClient, *, at: datetime) -> Incoming:
    """Turn a checked body into what `take_in` needs. Raises Forbidden, Invalid."""
    channel = channels.intakes()[given["channel"]]
    if channel.key not in client.channels:
        raise Forbidden(causes=[cause("channel", "channel", _("This key may not post for this channel."))])
    unit = unit_of(client, given.get("unit", ""))
    facts: dict[str, Any] = {name: given[name] for name in KEYS_OF_CASE if name in given}
    if "business_line" in given:
        facts["business_line"] = business_line_of(given["business_line"])
    if "complained_unit" in given:
        facts["complained_unit"] = complained_unit_of(client.legal_entity_id, given["complained_unit"])
    return Incoming(
        inbound=channel.receive(given, at=at, nature=client.default_nature),
        unit=unit,
        legal_entity=client.legal_entity,
        brought_by=client.user,
        client=client,
        case=parse(given["case"]) if "case" in given else "",
        facts=facts,
        attachments=given.get("attachments", ()),
        representatives=[as_form(one) for one in given.get("representatives", ())],
    )


def as_form(one: Mapping[str, Any]) -> dict[str, Any]:
    """As `add_representative` takes it: they raised what came in with them."""
    return {NAME: one["name"], "raised": True, **{name: value for name, value in one.items() if name != "name"}}
