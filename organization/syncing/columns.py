"""What the file of a personnel system holds: its sheets and columns, by English key or by Chinese heading."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sheet:
    """columns: key -> Chinese heading; needed: those that no row leaves empty; days: those that hold a day"""

    key: str
    heading: str
    columns: dict[str, str]
    needed: tuple[str, ...]
    days: frozenset[str] = field(default_factory=frozenset)

    def key_of(self, heading: str) -> str:
        """The key behind a heading of a file; empty where it is none of this sheet."""
        return next((key for key, chinese in self.columns.items() if heading in (key, chinese)), "")

    def __str__(self) -> str:
        return self.heading


NOTE = {"note": "备注"}  # for whoever reads the file; not kept
ENTITIES = Sheet(
    "entities",
    "法人机构",
    {"code": "法人编码", "name": "法人名称", "institution_type": "机构类型", **NOTE},
    ("code",),
)
UNITS = Sheet(
    "units",
    "机构",
    {
        "code": "机构编码",
        "name": "机构名称",
        "parent": "上级机构",
        "kind": "机构类别",
        "region": "地区",
        "head": "负责人",
        "receiver": "A角",
        "substitute": "B角",
        **NOTE,
    },
    ("code", "name"),
)
TEAMS = Sheet("teams", "团队", {"unit": "机构编码", "name": "团队名称", "lead": "组长", **NOTE}, ("unit", "name"))
PEOPLE = Sheet(
    "people",
    "人员",
    {
        "username": "用户名",
        "staff_number": "工号",
        "display_name": "姓名",
        "email": "邮箱",
        "unit": "机构编码",
        **NOTE,
    },
    ("username", "display_name", "unit"),
)
ROLES = Sheet(
    "memberships",
    "任职",
    {
        "person": "人员",
        "role": "角色",
        "unit": "机构编码",
        "team": "团队",
        "business_line": "业务条线",
        "valid_from": "开始日期",
        "valid_until": "结束日期",
        **NOTE,
    },
    ("person", "role", "unit"),
    frozenset({"valid_from", "valid_until"}),
)
SHEETS = (ENTITIES, UNITS, TEAMS, PEOPLE, ROLES)


def sheet_of(name: str) -> Sheet | None:
    return next((sheet for sheet in SHEETS if name in (sheet.key, sheet.heading)), None)
