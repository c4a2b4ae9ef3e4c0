"""How the operations on cases are described: one typed operation a verb, made from its form."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from complaints.fields import CodeField
from complaints.verbs import VERBS, Verb
from sqm_site.contract import Contract
from sqm_site.described import Described

REFERENCE = OpenApiParameter(
    "reference",
    {"type": "string", "format": "case-reference", "example": "C261123-0483175-9"},
    OpenApiParameter.PATH,
    description="The reference of the case.",
)
ORDER = "Refusals come in this order: 404 not yours, 412 changed meanwhile, 409 wrong state, 403 no right, 422 gate."


class DescribedCode(Described):
    """A code of a list that administrators keep: not a closed list of the schema, but of `GET /codes/`."""

    target_class = CodeField
    priority = 1

    def exactly(self) -> dict[str, Any]:
        dimension = self.target.dimension
        said = f"A code of `GET /codes/{dimension}/`" + (", of the finest level." if self.target.leaf else ".")
        found: dict[str, Any] = {"type": "string", "format": f"code-{dimension}", "description": said}
        if self.target.among:
            return found | {"enum": list(self.target.among)}
        return found if self.target.allow_blank else found | {"minLength": 1}


class VerbContract(Contract):
    """The operation of one verb; its name is the operation's id, the form its body."""

    @property
    def verb(self) -> Verb:
        return VERBS[self.view.verb]  # type: ignore[attr-defined]  # only VerbView has this schema

    def get_operation_id(self) -> str:
        return self.verb.name

    def get_tags(self) -> list[str]:
        return ["verbs"]

    def get_summary(self) -> str:
        return str(self.verb.label)

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular asks for it
        return f"The verb `{self.verb.name}`. It answers with the case as it is then. {ORDER}"

    def get_request_serializer(self) -> Any:
        return self.verb.form if self.verb.form().fields else None

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """A form belongs to its verb, whatever its class is called: names of a client's classes stay."""
        if type(serializer) is self.verb.form:
            return self.verb.name.title().replace("_", "") + "Input"
        return super().get_serializer_name(serializer, direction)
