"""How the documents of the API are made."""

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "SERVE_PERMISSIONS": ["sqm_site.permissions.ReadsDocuments"],
    "TITLE": "SQM",
    "VERSION": "1",
    "DESCRIPTION": "Feedback, cases, deadlines and service quality of a financial institution.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "sqm_site.contract.with_shared_parts",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "complaints.models.State",
        "NatureEnum": "complaints.models.Nature",
        "LevelEnum": "complaints.models.Level",
        "TouchpointEnum": "complaints.models.Touchpoint",
        "SatisfactionEnum": "complaints.models.Satisfaction",
        "ExaminedEnum": "complaints.models.Decision.Examined",
        "CaseKindEnum": "complaints.models.Case.Kind",
        "LetterKindEnum": "complaints.models.Letter.Kind",
        "ClockBasisEnum": "sla.models.Basis",
        "ClockKindEnum": "sla.models.ClockKind",
    },
    "TAGS": [
        {"name": "intake", "description": "What customers say, from any channel."},
        {"name": "cases", "description": "Reading cases, their timeline and their deadlines."},
        {"name": "verbs", "description": "Acting on a case: one operation a verb, named as in `allowed_verbs`."},
        {"name": "codes", "description": "The closed lists: their codes, labels, parents and versions."},
        {"name": "figures", "description": "KPIs and deadlines."},
    ],
}
