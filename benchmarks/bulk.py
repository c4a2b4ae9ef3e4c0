"""What one act on several cases costs: five hundred levels set, notes written and offers made (批量办理)."""

import time
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.messages import take_in_many
from benchmarks.table import show
from complaints.models import Case
from complaints.services.bulk import MOST, Ticked, in_bulk
from complaints.verbs import VERBS
from organization.models import Role
from organization.services import create_user, unit_by_code
from organization.services.setup import ROOT

ACTS: dict[str, dict[str, Any]] = {
    "note": {"text": "统一回访口径：先核对入账时间。"},
    "set_level": {"level": "important", "reason": "同一产品多人反映"},
    "assign": {"to": "bench.worker", "reason": "专岗集中办理"},
}


def run() -> None:
    unit = unit_by_code(ROOT)
    lead = create_user("bench.lead", role=Role.SUPERVISOR, unit=unit, at=timezone.now())[0]
    create_user("bench.worker", role=Role.HANDLER, unit=unit, at=timezone.now())
    take_in_many(MOST)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = []
    for name, given in ACTS.items():
        ticked = [Ticked(*one) for one in Case.objects.order_by("pk").values_list("reference", "version")[:MOST]]
        began = time.perf_counter()
        done = in_bulk(VERBS[name], ticked, actor=lead, given=given, key=uuid4(), at=timezone.now())
        lasted = time.perf_counter() - began
        assert {row.outcome for row in done} == {"done"}, {row.refusal for row in done}
        rows.append((name, lasted, lasted * 1000 / MOST))
    show(f"one act on {MOST} cases", ("", "s", "ms a case"), *rows)
