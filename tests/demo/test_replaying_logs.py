"""An event log through the doors: no event is lost, and what the cases tell of their time is what the log told."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from complaints.models import Case, CaseEvent, State
from organization.models import User
from tests.cases import taken
from tests.nights import either

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
LOG, MAPPING = SAMPLES / "replay_log.csv", SAMPLES / "replay_mapping.json"
DATA = ROOT.parent / "shared" / "data"
HELPDESK, INCIDENTS = DATA / "helpdesk_log" / "events.csv.gz", DATA / "bpic2013" / "incidents_events.csv.gz"
SUBSTATES = (
    "In Progress", "Awaiting Assignment", "Assigned", "Resolved", "Closed", "In Call", "Cancelled", "Unmatched", "Wait",
    "Wait - User", "Wait - Implementation", "Wait - Vendor", "Wait - Customer",
)  # fmt: skip


@pytest.fixture
def relived(db, tmp_path):
    """Run the command; gives the lines of its report, and its totals."""

    def run(log: Path = LOG, mapping: Path = MAPPING, **options) -> tuple[list[dict], dict]:
        report = tmp_path / "report.csv"
        call_command("replay", str(log), mapping=mapping, report=report, stdout=io.StringIO(), **options)
        rows = [*csv.DictReader(io.StringIO(report.read_text()))]
        totals = {row["case"]: row["activity"] for row in rows if row["line"] == "total"}
        return [row for row in rows if row["line"] != "total"], totals

    return run


def test_every_event_of_the_sample_is_told_of_with_its_verbs_or_the_reason(relived):
    lines, totals = relived()
    assert [int(line["line"]) for line in lines] == [*range(2, 16)]
    refused = {line["line"]: line["reason"] for line in lines if line["outcome"] == "refused"}
    assert refused.keys() == {"10", "14", "15"}
    assert "Polish ticket" in refused["10"]
    assert "已结案" in refused["14"]
    assert "no moment" in refused["15"]
    verbs = {line["line"]: line["verbs"] for line in lines}
    assert verbs["2"] == "take_in note"
    assert verbs["9"] == "note"  # who has it already takes it from nobody
    assert verbs["6"] == "resume transfer accept"
    assert totals | {"events": "14", "accepted": "11", "refused": "3", "cases": "2"} == totals
    assert totals["cycle times as in the log"] == totals["waiting times as in the log"] == "2"


def test_the_cases_stand_where_the_log_left_them_and_at_its_pace(relived):
    lines, _totals = relived()
    first = Case.objects.order_by("received_at").first()
    assert first.state == State.CLOSED
    assert first.owner == User.objects.get(display_name="回放003")  # Second line, by the order of names
    moments = {line["line"]: line["at"] for line in lines}
    assert moments["2"].endswith("T09:12:00+08:00")
    assert {row.at.isoformat() for row in CaseEvent.objects.filter(case=first, verb="close")} == {
        CaseEvent.objects.filter(case=first).latest("sequence").at.isoformat()
    }


def test_a_wait_that_is_shorter_here_is_told(relived, tmp_path):
    """Where the mapping resumes nothing, the case still waits when the log does not."""
    said = json.loads(MAPPING.read_text())
    said["activities"]["Take in charge ticket"] = [[{"verb": "take_next"}], [{"verb": "note", "given": {"text": "x"}}]]
    (tmp_path / "mapping.json").write_text(json.dumps(said))
    _lines, totals = relived(mapping=tmp_path / "mapping.json")
    assert totals["waiting times as in the log"] == "1"


def test_a_home_with_cases_of_its_own_is_left_alone(relived, integration):
    taken(integration)
    with pytest.raises(CommandError, match="cases of its own"):
        relived()


def test_nothing_is_lived_while_others_are_connected(relived, monkeypatch):
    """The sweep of a running service would fire what is due on its own clock."""
    monkeypatch.setattr("demo.management.commands.replay.OTHERS", "SELECT 1")
    with pytest.raises(CommandError, match="connected"):
        relived()


def test_a_report_that_exists_is_not_written_over(relived, tmp_path):
    (tmp_path / "report.csv").write_text("of yesterday")
    with pytest.raises(CommandError, match="exists already"):
        relived()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": {"case": "case_id", "activity": "activity"}}, "at is missing"),
        ({"columns": {"case": "case", "activity": "activity", "at": "timestamp"}}, "no column case"),
        ({"case": {"nature": "poem"}}, "nature"),
        ({"activities": {"Wait": [[{"verb": "sleep"}]]}}, "no verb sleep"),
        ({"activities": []}, "samples/replay_mapping.json"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_anything_is_made(relived, tmp_path, change, said):
    (tmp_path / "mapping.json").write_text(json.dumps(json.loads(MAPPING.read_text()) | change))
    with pytest.raises(CommandError, match=said):
        relived(mapping=tmp_path / "mapping.json")
    assert not User.objects.filter(display_name__startswith="回放").exists()


@pytest.mark.skipif(not HELPDESK.exists(), reason="the log is not here")
def test_a_real_log_keeps_its_times(relived, tmp_path):
    """Three hundred tickets by night."""
    said = json.loads(MAPPING.read_text())
    said["columns"]["at"] = "complete_timestamp"
    (tmp_path / "mapping.json").write_text(json.dumps(said))
    lines, totals = relived(HELPDESK, tmp_path / "mapping.json", cases=either(day=10, night=300))
    as_in_the_log(lines, totals, share=0.97)


@pytest.mark.skipif(not INCIDENTS.exists(), reason="the log is not here")
@pytest.mark.nightly
def test_incidents_that_go_back_and_forth_keep_their_times(relived, tmp_path):
    said = json.loads(MAPPING.read_text())
    ways = said["activities"]
    take, wait, note, done = (ways[name] for name in ("Take in charge ticket", "Wait", "Require upgrade", "Closed"))
    said["columns"] = {"case": "case_id", "activity": "substatus", "at": "end_timestamp", "who": "user"}
    said["waits"] = [name for name in SUBSTATES if name.startswith("Wait")]
    said["activities"] = dict.fromkeys(SUBSTATES, note) | dict.fromkeys(said["waits"], wait)
    said["activities"] |= {"In Progress": take, "Closed": done}
    (tmp_path / "mapping.json").write_text(json.dumps(said))
    lines, totals = relived(INCIDENTS, tmp_path / "mapping.json", cases=either(day=20, night=100))
    as_in_the_log(lines, totals, share=0.9)


def as_in_the_log(lines: list[dict], totals: dict, *, share: float) -> None:
    """Nothing is lost, most is taken, and of what was taken the times are those of the log."""
    counts = {name: int(value.replace(",", "")) for name, value in totals.items()}
    assert counts["events"] == len(lines) == counts["accepted"] + counts["refused"]
    assert all(line["reason"] for line in lines if line["outcome"] == "refused")
    assert counts["accepted"] >= share * len(lines)
    assert counts["cycle times as in the log"] == counts["waiting times as in the log"] == counts["cases"]
