"""What the schema says of our strict fields: lengths, patterns and formats as the fields check them."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension

# Characters as ECMA regular expressions write them; the same sets as in sqm_site.fields.
BREAKS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
BLANKS = (
    r"\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028\u2029\u202f\u205f-\u2064"
    r"\u2800\u3000\u3164\ufeff"
)
LINE, LINE_OR_NOTHING = f"^[^{BREAKS}]*[^{BLANKS}][^{BREAKS}]*$", f"^[^{BREAKS}]*$"
LINES, LINES_OR_NOTHING = rf"^[^\u0000]*[^{BLANKS}][^\u0000]*$", r"^[^\u0000]*$"


NOTHING = {"type": "string", "maxLength": 0}  # how drf-spectacular writes that a text may be empty


class Described(OpenApiSerializerFieldExtension):
    """Base: the generic description of the field, made exact."""

    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        found: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        return found | self.exactly()

    def exactly(self) -> dict[str, Any]:
        raise NotImplementedError


class DescribedChar(Described):
    target_class = "sqm_site.fields.StrictChar"

    def exactly(self) -> dict[str, Any]:
        field = self.target
        found: dict[str, Any] = {"type": "string"}
        if field.format:
            return found | {"format": field.format} | ({} if field.allow_blank else {"minLength": 1})
        if field.allow_blank:
            return found | {"pattern": LINES_OR_NOTHING if field.lines else LINE_OR_NOTHING}
        return found | {"minLength": 1, "pattern": LINES if field.lines else LINE}


class DescribedDecimal(Described):
    target_class = "sqm_site.fields.StrictDecimal"

    def exactly(self) -> dict[str, Any]:
        field = self.target
        sign = "" if field.min_value is not None and field.min_value >= 0 else "-?"
        digits = field.max_whole_digits or 20
        places = field.decimal_places or 10
        return {"type": "string", "format": "decimal", "pattern": rf"^{sign}\d{{1,{digits}}}(\.\d{{1,{places}}})?$"}


class DescribedMoment(Described):
    target_class = "sqm_site.fields.AwareDateTime"

    def exactly(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "example": "2026-11-23T09:30:00+08:00"}


class DescribedObject(Described):
    target_class = "sqm_site.fields.StrictObject"

    def exactly(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {}, "maxProperties": self.target.most_keys}


class DescribedInput(OpenApiSerializerExtension):
    """Fields that a form does not know are refused. A text that may be empty is one text, not one of two."""

    target_class = "sqm_site.fields.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        found: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        found.pop("description", None)  # docstrings of forms are for us
        for each in found.get("properties", {}).values():
            if NOTHING in each.get("oneOf", ()):
                each.update(each.pop("oneOf")[0])
        return found | {"additionalProperties": False}
