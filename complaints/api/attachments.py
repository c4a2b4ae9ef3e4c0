"""Files: handed over first, then named by a message or a verb; read by whoever reads the case."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from complaints import reading
from complaints.api.cases import REFERENCE, is_program, reached
from complaints.api.moments import local
from complaints.fields import CodeField
from complaints.models import DOCUMENTS, Attachment, Case
from complaints.services.attaching import hand_over
from complaints.services.downloading import given_out
from organization.authentication import actor_of
from organization.doors import IdempotentDoor, LimitedDoor, scope_required
from organization.models import User
from organization.refusals import refused
from organization.rights import rights_of
from security.filenames import clean_name
from sqm_site.errors import Forbidden, Invalid, NotFound
from sqm_site.fields import Input, StrictChar
from sqm_site.parsers import WholeForm
from sqm_site.storing import MEGABYTE

FILE = "file"
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="Of the file, as `POST /attachments/` gave it.")


class AttachmentInput(Input):
    document = CodeField(DOCUMENTS, required=False, allow_blank=True, default="")
    sha256 = StrictChar(max_length=64, required=False, allow_blank=True, default="")


class UploadBody(serializers.Serializer):
    """What the document of the API says of the form."""

    file = serializers.FileField(help_text="One file, under its name.")
    document = serializers.CharField(required=False, help_text="Code of `GET /codes/document_kind/`.")
    sha256 = serializers.CharField(required=False, help_text="What you say it is: another content is refused.")


class AttachmentOut(serializers.Serializer):
    id = serializers.IntegerField(help_text="Names it in `attachments` of `POST /feedback/` and of `attach`.")
    name = serializers.CharField(help_text="Redacted.")
    kind = serializers.CharField(help_text="Told by its bytes: pdf, png, jpeg, docx ...")
    document = serializers.CharField(allow_blank=True, help_text="Code of `GET /codes/document_kind/`, or empty.")
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField(help_text="Of the content.")
    state = serializers.ChoiceField(
        Attachment.State.choices, help_text="Given out as `clean` and `unscanned`; `received` waits for the scanner."
    )
    caution = serializers.CharField(allow_blank=True, help_text="`active`: it brings what acts. `locked`: encrypted.")
    with_message = serializers.IntegerField(allow_null=True, help_text="Id of the message it came with.")
    by = serializers.CharField(help_text="Name of the person or program that handed it over.")
    at = serializers.DateTimeField()


def attachment_row(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.title,
        "kind": row.kind,
        "document": row.document,
        "size": row.size,
        "sha256": row.sha256,
        "state": row.state,
        "caution": row.caution,
        "with_message": row.feedback_id,
        "by": row.by.username,
        "at": local(row.at),
    }


class AttachmentsView(IdempotentDoor, APIView):
    """Hand over one file."""

    permission_classes = [scope_required("feedback:write")]
    parser_classes = [WholeForm]
    max_body_bytes = settings.ATTACHMENT_BYTES + MEGABYTE
    refusals = (409, 422)

    @extend_schema(
        operation_id="post_attachment",
        tags=["intake"],
        summary="Hand over a file",
        description=(
            "Name its `id` within a day in `attachments` of `POST /feedback/` or of the verb `attach`; else it is "
            "dropped. The bytes tell what it is; what is no PDF, picture, recording, Word or Excel file without "
            "macros, or plain text is refused. The same file again gets the same id while nothing has named it."
        ),
        request={"multipart/form-data": UploadBody},
        responses={201: AttachmentOut, 200: OpenApiResponse(AttachmentOut, description="Handed over before")},
    )
    def post(self, request: Request) -> HttpResponse:
        if not is_program(request) and not rights_of(actor_of(request)).has("attach"):
            raise Forbidden
        return self.once(request, partial(self.take, request))

    def take(self, request: Request) -> tuple[int, dict[str, Any]]:
        files = [(name, file) for name, several in request.FILES.lists() for file in several]
        given = AttachmentInput.read({name: value for name, value in request.POST.items() if name != FILE})
        if [name for name, _file in files] != [FILE]:
            raise Invalid({FILE: [_("Send one file in this field.")]})
        file = files[0][1]
        row, fresh = hand_over(
            file.read(),
            name=clean_name(file.name),
            by=actor_of(request),
            at=timezone.now(),
            document=given["document"],
            declared=given["sha256"],
        )
        return (201 if fresh else 200), attachment_row(row)


class AttachmentView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (ID,)

    @extend_schema(
        operation_id="read_attachment",
        tags=["cases"],
        summary="What a file is, and whether it is scanned",
        description="A client reads of those it handed over, people of the cases they see.",
        responses=AttachmentOut,
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(attachment_row(file_of(actor_of(request), id)))


class ContentView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (ID,)
    refusals = (409,)

    @extend_schema(
        operation_id="read_attachment_content",
        tags=["cases"],
        summary="Download a file",
        description=(
            "The file as it came, to be saved and never shown; whole, whatever Range says. Every download is put on "
            "record. 409 `not-scanned` waits for the scanner, 403 `quarantined` is given to nobody. An identity "
            "document is opened on the page of its case, for a reason."
        ),
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: int) -> HttpResponse:
        row = file_of(actor_of(request), id)
        try:
            return given_out(row, actor=actor_of(request), at=timezone.now())
        except Forbidden as error:
            refused(request, f"attachment:{row.pk}", code=error.code)
            raise


class CaseAttachmentsView(LimitedDoor, APIView):
    permission_classes = [scope_required("cases:read")]
    parameters = (REFERENCE,)

    @extend_schema(
        operation_id="list_attachments",
        tags=["cases"],
        summary="The files of a case",
        description="Oldest first; of a client those it handed over.",
        responses=AttachmentOut(many=True),
    )
    def get(self, request: Request, reference: str) -> Response:
        rows = reached(request, reference).attachments.select_related("by").order_by("pk")
        if is_program(request):
            rows = rows.filter(by=actor_of(request))
        return Response([attachment_row(row) for row in rows])


def file_of(user: User, key: int) -> Attachment:
    """The file, if it exists for whoever asks: of a case they see, or handed over by them. Raises NotFound."""
    row = Attachment.objects.select_related("by", "case__customer").filter(pk=key).first()
    if row is None or not exists_for(user, row):
        raise NotFound(what=str(key)[:40])
    return row


def exists_for(user: User, row: Attachment) -> bool:
    if row.case is None or rights_of(user).is_program:
        return row.by_id == user.pk
    return reading.reached(Case.objects.all(), row.case.reference, user) is not None
