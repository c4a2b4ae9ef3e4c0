"""One file of the personnel system: all or nothing, every fault by its place, and a second run changes nothing."""

import io
import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from complaints.models import Case
from complaints.services.rechecking import keep_people
from organization.models import Membership, Role, Team, Unit, User
from organization.recording import CHANGED
from security.models import AuditRow
from tests.people import hold, person

SAMPLE = Path(__file__).parents[2] / "samples" / "organization.json"
LI = {"username": "li.na", "staff_number": "00731", "display_name": "李娜", "email": "li.na@example.com", "unit": "SH"}
WANG = {"username": "wang.lei", "staff_number": "00732", "display_name": "王磊", "unit": "SH"}


@pytest.fixture
def bring(tmp_path):
    """Run the command with a file of these sheets; gives what it said, and what was wrong by row and column."""

    def run(sheets: Any, *options: str) -> str:
        file = tmp_path / "organization"
        file.write_bytes(sheets if isinstance(sheets, bytes) else json.dumps(sheets).encode())
        out, faults = StringIO(), StringIO()
        try:
            call_command("sync_organization", str(file), *options, stdout=out, stderr=faults)
        except CommandError as error:
            raise CommandError(f"{faults.getvalue()}{error}") from error
        return out.getvalue()

    return run


def role(name: str, role: str, unit: str = "SH", **fields: Any) -> dict[str, Any]:
    return {"person": name, "role": role, "unit": unit, **fields}


def workbook(**sheets: list[list[Any]]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(content)
    return content.getvalue()


# --- what it writes ------------------------------------------------------------------------------------------


def test_the_sample_makes_a_branch_with_its_people_once(institution, bring):
    said = bring(SAMPLE.read_bytes())
    assert "0 changed, 0 ended; 0 open cases" in said.splitlines()[-1]
    branch = Unit.objects.get(code="SY")
    assert branch.parent == institution
    assert branch.path.startswith(institution.path)
    assert Unit.objects.get(code="SY01").path.startswith(branch.path)
    team = Team.objects.get(unit=branch)
    assert {branch.receiver.display_name, team.lead.display_name} <= {
        *User.objects.values_list("display_name", flat=True)
    }
    rows = AuditRow.objects.count()

    assert bring(SAMPLE.read_bytes()).splitlines()[-1].startswith("0 made, 0 changed, 0 ended")
    assert AuditRow.objects.count() == rows


def test_a_workbook_with_chinese_headings_says_the_same(branch, bring):
    bring(
        workbook(
            机构=[["机构编码", "机构名称", "上级机构", "机构类别", "A角"], ["SH01", "上海静安支行", "SH", "支行", 731]],
            人员=[["用户名", "工号", "姓名", "机构编码"], ["li.na", 731, "李娜", "SH01"]],
            任职=[["人员", "角色", "机构编码", "开始日期"], ["731", "经办人员", "SH01", date(2026, 11, 2)]],
        )
    )
    unit = Unit.objects.get(code="SH01")
    assert (unit.kind, unit.receiver.username, unit.parent) == (Unit.Kind.SUB_BRANCH, "li.na", branch)
    assert Membership.objects.get(user=unit.receiver).valid_from == date(2026, 11, 2)


def test_every_change_is_on_record_as_it_was_and_as_it_is(branch, bring):
    bring({"units": [{"code": "SH", "name": "上海市分行", "region": "华东"}]})
    row = AuditRow.objects.get(subject=f"unit:{branch.pk}")
    assert row.details == {
        "added": False,
        "entity": branch.legal_entity_id,
        "was": {"name": "上海分行", "region": ""},
        "now": {"name": "上海市分行", "region": "华东"},
    }
    run = AuditRow.objects.get(subject=f"legalentity:{branch.legal_entity_id}")
    assert run.details["unit changed"] == 1
    assert len(run.details["sha256"]) == 64


def test_a_dry_run_tells_a_table_and_writes_nothing(branch, bring):
    said = bring({"units": [{"code": "SH", "name": "上海市分行"}], "people": [LI]}, "--dry-run").splitlines()
    assert said[0].split("\t") == ["act", "kind", "key", "was", "now"]
    assert [line.split("\t")[0] for line in said[1:3]] == ["made", "changed"]
    assert said[2].split("\t")[2] == "SH"
    assert "上海分行" in said[2].split("\t")[3]
    assert "上海市分行" in said[2].split("\t")[4]
    assert said[-1].startswith("1 would be made, 1 would be changed, 0 would be ended")
    assert Unit.objects.get(code="SH").name == "上海分行"
    assert not User.objects.filter(username="li.na").exists()


def test_new_people_get_passwords_for_once_only_in_a_file_of_its_caller(branch, bring, tmp_path):
    secrets = tmp_path / "passwords"
    said = bring({"people": [LI]}, "--passwords", str(secrets))
    name, password = secrets.read_text().strip().split("\t")
    user = User.objects.get(username=name)
    assert user.check_password(password)
    assert user.must_change_password
    assert password not in said
    assert secrets.stat().st_mode & 0o777 == 0o600
    bring({"people": [WANG]})
    assert not User.objects.get(username="wang.lei").has_usable_password()


def test_a_file_of_passwords_that_exists_undoes_everything(branch, bring, tmp_path):
    (tmp_path / "passwords").write_text("of yesterday")
    with pytest.raises(CommandError, match="cannot be written"):
        bring({"people": [LI]}, "--passwords", str(tmp_path / "passwords"))
    assert not User.objects.filter(username="li.na").exists()
    assert (tmp_path / "passwords").read_text() == "of yesterday"


def test_a_column_that_is_missing_leaves_what_stands_and_an_empty_cell_empties_it(branch, receiver, bring):
    Unit.objects.filter(pk=branch.pk).update(head=receiver)
    bring({"units": [{"code": "SH", "name": "上海分行", "head": ""}]})
    branch.refresh_from_db()
    assert (branch.head, branch.receiver) == (None, receiver)


def test_a_staff_number_finds_whoever_has_another_user_name_now(branch, handler, bring):
    User.objects.filter(pk=handler.pk).update(staff_number="00731")
    last = timezone.now()
    User.objects.filter(pk=handler.pk).update(last_login=last)
    bring({"people": [{**LI, "username": "li.new"}]})
    handler.refresh_from_db()
    assert (handler.username, handler.display_name, handler.last_login) == ("li.new", "李娜", last)


def test_units_that_change_places_keep_a_tree(branch, institution, bring):
    bring({"units": [{"code": "SH01", "name": "静安", "parent": "SH"}]})
    bring(
        {
            "units": [
                {"code": "SH", "name": "上海分行", "parent": "SH01"},
                {"code": "SH01", "name": "静安", "parent": "HQ"},
            ]
        }
    )
    upper, lower = Unit.objects.get(code="SH01"), Unit.objects.get(code="SH")
    assert (upper.parent, lower.parent) == (institution, upper)
    assert lower.path == f"{institution.path}{upper.pk}/{lower.pk}/"


def test_an_entity_is_renamed_and_a_team_led_by_somebody_else(branch, team, lead, handler, bring):
    code = branch.legal_entity.code
    bring(
        {
            "法人机构": [{"法人编码": code, "法人名称": "示例银行", "机构类型": "bank"}],
            "团队": [{"机构编码": "SH", "团队名称": "一组", "组长": "handler"}],
        }
    )
    team.refresh_from_db()
    assert (team.lead, team.legal_entity.name) == (handler, "示例银行")
    assert AuditRow.objects.get(subject=f"team:{team.pk}").details["now"] == {"lead": handler.pk}


def test_the_account_of_a_program_holds_no_post_and_no_role(branch, integration, bring):
    name = integration.user.username
    with pytest.raises(CommandError, match="A角: "):
        bring({"units": [{"code": "SH", "name": "上海分行", "receiver": name}]})
    with pytest.raises(CommandError, match="人员: "):
        bring({"memberships": [role(name, "handler")]})


# --- what it refuses -----------------------------------------------------------------------------------------

REFUSED = [
    ({"units": [{"code": "SH", "name": "上海", "parent": "XX"}]}, "机构，.*1.*: 上级机构: .*XX"),
    ({"units": [{"code": "A1", "name": "新"}]}, "上级机构: "),
    (
        {"units": [{"code": "A1", "name": "甲", "parent": "A2"}, {"code": "A2", "name": "乙", "parent": "A1"}]},
        "A1 → A2 → A1",
    ),
    ({"units": [{"code": "SH", "name": "上海", "kind": "moon"}]}, "机构类别: .*moon.*sub_branch"),
    ({"units": [{"code": "SH", "name": "上海", "head": "nobody"}]}, "负责人: .*nobody"),
    ({"units": [{"code": "SH", "name": ""}]}, "机构名称: "),
    ({"units": [{"code": "SH", "name": "x" * 81}]}, "name|机构名称"),
    ({"units": [{"code": "SH", "name": "上海"}, {"code": "SH", "name": "上海"}]}, "机构编码: .*1"),
    ({"units": [{"code": "HQ", "name": "总行", "parent": "SH"}]}, "HQ → SH → HQ"),
    ({"units": [{"code": "SH", "name": "上海", "haed": "li"}]}, "haed: .*负责人 \\(head\\)"),
    ({"unit": [{"code": "SH", "name": "上海"}]}, "unit: .*机构 \\(units\\)"),
    ({"teams": [{"unit": "SH", "name": "一组", "lead": "outsider@"}]}, "组长: "),
    ({"people": [{**LI, "email": "no mail"}]}, "邮箱: "),
    ({"people": [{**LI, "unit": "XX"}]}, "XX"),
    ({"people": [LI, {**LI, "display_name": "李娜二"}]}, "用户名: .*1"),
    ({"people": [{**LI, "username": "first-receiver"}]}, "first-receiver"),
    ({"people": [{**LI, "active": True}]}, "active"),
    ({"people": [LI], "memberships": [role("li.na", "king")]}, "角色: .*king.*handler"),
    ({"people": [LI], "memberships": [role("li.na", "group_administrator")]}, "角色: "),
    ({"people": [LI], "memberships": [role("li.na", "integration")]}, "角色: "),
    ({"people": [LI], "memberships": [role("li.na", "handler", team="九组")]}, "团队: "),
    ({"people": [LI], "memberships": [role("li.na", "handler", business_line="moon")]}, "业务条线: "),
    ({"people": [LI], "memberships": [role("li.na", "handler", valid_from="soon")]}, "开始日期: soon"),
    ({"people": [LI], "memberships": [role("li.na", "handler", valid_from="2026-02-30")]}, "开始日期: 2026-02-30"),
    (
        {"people": [LI], "memberships": [role("li.na", "handler", valid_from="2026/3/2", valid_until="20260301")]},
        "结束日期: ",
    ),
    (
        {
            "people": [LI],
            "memberships": [
                role("li.na", "handler", valid_from="2026-03-02"),
                role("li.na", "handler", valid_from="2026-05-02"),
            ],
        },
        "任职，.*2.*: 开始日期: ",
    ),
    ({"people": [LI], "memberships": [role("li.na", "compliance_auditor")]}, "--duties"),
    ({"entities": [{"code": "moon", "name": "月球"}]}, "create_entity"),
    ([{"units": []}], "units"),
    (b'{"units": [], "units": []}', "stands twice"),
    ("机构".encode("gb18030"), "UTF-8"),
    (b"PK\x03\x04 no workbook", "."),
]


@pytest.mark.parametrize(("sheets", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_fit_is_told_by_its_place_and_nothing_is_written(branch, bring, sheets, said):
    before = AuditRow.objects.count()
    with pytest.raises(CommandError, match=f"(?s){said}"):
        bring(sheets)
    assert AuditRow.objects.count() == before
    assert not User.objects.filter(username="li.na").exists()


def test_all_faults_are_told_at_once(branch, bring):
    with pytest.raises(CommandError) as refused:
        bring({"units": [{"code": "SH", "name": "上海", "kind": "moon"}], "people": [{**LI, "email": "no mail"}]})
    assert "机构类别" in str(refused.value)
    assert "邮箱" in str(refused.value)
    assert "faults (2)" in str(refused.value)


def test_formulas_in_cells_are_refused_by_row(branch, bring):
    page = [["机构编码", "机构名称"], ["SH", "上海"], ["SH01", '=CONCAT("a","b")']]
    with pytest.raises(CommandError, match=r"机构，.*3.*: 机构名称: "):
        bring(workbook(机构=page))


def test_a_mark_before_utf_8_does_no_harm(branch, bring):
    bring(b"\xef\xbb\xbf" + json.dumps({"people": [LI]}).encode())
    assert User.objects.filter(username="li.na").exists()


def test_nobody_moves_to_another_legal_entity(branch, handler, bring):
    call_command("create_entity", "insurer", "示例保险", "--root", "INS", "--type", "life_insurer", stdout=StringIO())
    with pytest.raises(CommandError, match="用户名: handler"):
        bring({"people": [{**LI, "username": "handler", "unit": "INS"}]})
    with pytest.raises(CommandError, match="上级机构: "):
        bring({"units": [{"code": "SH", "name": "上海分行", "parent": "INS"}]})
    with pytest.raises(CommandError, match="负责人: handler"):
        bring({"units": [{"code": "INS", "name": "总公司", "head": "handler"}]})


def test_duties_are_given_to_three_people_and_only_when_somebody_says_so(branch, bring):
    keeper = role("li.na", "system_administrator", "HQ")
    bring({"people": [LI], "memberships": [keeper]}, "--duties")
    assert Membership.objects.get(user__username="li.na").role == Role.SYSTEM_ADMINISTRATOR
    assert bring({"people": [LI], "memberships": [keeper]}).startswith("0 made")  # what stands needs nobody
    with pytest.raises(CommandError, match="任职，.*1.*: 角色: "):
        bring({"memberships": [role("li.na", "compliance_auditor", "HQ")]}, "--duties")


# --- who leaves ----------------------------------------------------------------------------------------------


def stay(*people: User) -> list[dict[str, str]]:
    return [{"username": one.username, "display_name": one.display_name, "unit": "SH"} for one in people]


def test_who_is_missing_leaves_only_when_pruned(branch, handler, receiver, bring):
    bring({"people": stay(receiver)})
    handler.refresh_from_db()
    assert handler.is_active
    bring({"people": stay(receiver)}, "--prune")
    handler.refresh_from_db()
    assert not handler.is_active
    assert handler.memberships.get().valid_until == timezone.localdate() - timedelta(days=1)
    assert AuditRow.objects.get(subject=f"user:{handler.pk}").details["now"] == {
        "is_active": False,
        "password": CHANGED,
    }
    assert bring({"people": stay(receiver)}, "--prune").startswith("0 made, 0 changed, 0 ended")


def test_the_cases_of_who_leaves_are_listed_and_fall_to_the_post(branch, owned, handler, receiver, bring):
    reference = owned.reference
    said = bring({"people": stay(receiver)}, "--prune", "--dry-run")
    assert Case.objects.get(reference=reference).owner == handler
    assert said == bring({"people": stay(receiver)}, "--prune").replace(" ended;", " would be ended;").replace(
        "0 made, 0 changed", "0 would be made, 0 would be changed"
    )
    listed = next(line for line in said.splitlines() if line.startswith(reference)).split("\t")
    case = Case.objects.get(reference=reference)
    due = timezone.localtime(case.next_due_at).strftime("%Y-%m-%d %H:%M")
    assert listed == [reference, "SH 上海分行", case.get_state_display(), due, "handler"]
    keep_people(at=timezone.now() + timedelta(seconds=5))
    assert Case.objects.get(reference=reference).owner == receiver


def test_sessions_of_who_leaves_end(branch, handler, receiver, bring):
    browser = Client()
    browser.force_login(handler)
    key = browser.session.session_key
    bring({"people": stay(receiver)}, "--prune")
    User.objects.filter(pk=handler.pk).update(is_active=True)  # not even if the account is woken again
    browser.cookies["sessionid"] = key
    assert browser.get("/admin/").status_code == 302


def test_a_missing_role_of_who_stays_ends_and_one_that_has_not_begun_goes(branch, other_branch, handler, bring):
    tomorrow = timezone.localdate() + timedelta(days=1)
    hold(handler, Role.DISPATCHER, other_branch, valid_from=tomorrow)
    bring({"people": stay(handler), "memberships": [role("handler", "supervisor")]}, "--prune")
    held = {one.role: one.valid_until for one in handler.memberships.all()}
    assert held == {Role.HANDLER: tomorrow - timedelta(days=2), Role.SUPERVISOR: None}


def test_no_post_is_left_to_who_is_gone(branch, receiver, handler, bring):
    with pytest.raises(CommandError, match="A角: receiver"):
        bring({"people": stay(handler)}, "--prune")
    bring({"people": stay(handler), "units": [{"code": "SH", "name": "上海分行", "receiver": "handler"}]}, "--prune")
    branch.refresh_from_db()
    assert branch.receiver == handler


def test_nobody_is_let_go_who_lets_people_in(branch, institution, handler, bring):
    keeper = person("keeper", Role.SECURITY_ADMINISTRATOR, institution)
    with pytest.raises(CommandError, match="--duties"):
        bring({"people": stay(handler)}, "--prune")
    with pytest.raises(CommandError, match="人员: "):
        bring({"people": stay(handler)}, "--prune", "--duties")
    keeper.refresh_from_db()
    assert keeper.is_active


def test_a_duty_that_ends_makes_room_for_another(branch, institution, bring):
    one, other = (person(name, Role.SYSTEM_ADMINISTRATOR, institution) for name in ("one", "other"))
    roles = [role("one", "system_administrator", "HQ"), role("other", "compliance_auditor", "HQ")]
    bring({"people": stay(one, other), "memberships": roles}, "--prune", "--duties")
    assert other.memberships.get(valid_until=None).role == Role.COMPLIANCE_AUDITOR


def test_without_a_sheet_of_people_nobody_is_taken_for_gone(branch, handler, bring):
    with pytest.raises(CommandError, match="人员: "):
        bring({"units": [{"code": "SH", "name": "上海分行"}]}, "--prune")


def test_an_account_that_sleeps_is_not_woken_and_holds_no_post(branch, handler, bring):
    User.objects.filter(pk=handler.pk).update(is_active=False)
    bring({"people": stay(handler)})
    handler.refresh_from_db()
    assert not handler.is_active
    with pytest.raises(CommandError, match="负责人: handler"):
        bring({"units": [{"code": "SH", "name": "上海分行", "head": "handler"}]})
