"""S22: a client generated from the schema posts a complaint, is told to wait, waits, and loses nothing."""

import importlib
import pkgutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from complaints.models import Case
from complaints.verbs import VERBS
from organization import authentication, limits
from organization.models import ApiClient
from tests.cases import body
from tests.contract.served import DatabaseAway, served

PACKAGE = "sqm_generated_client"
AWAY = f"{DatabaseAway.__module__}.{DatabaseAway.__qualname__}"


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Any:
    """The package, imported; how it imports a module of its own by name."""
    folder: Path = tmp_path_factory.mktemp("client")
    call_command("spectacular", "--file", str(folder / "schema.yaml"))
    (folder / "config.yaml").write_text("post_hooks: []\n")  # they would lint what nobody keeps
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none"),
            *("--path", folder / "schema.yaml", "--config", folder / "config.yaml"),
            *("--output-path", folder / PACKAGE, "--fail-on-warning"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(folder))


def test_every_operation_is_a_module_of_its_own_and_can_be_imported(generated):
    """S22"""
    package = generated("api")
    found = {
        name.rpartition(".")[2]
        for _finder, name, is_package in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.api.")
        if not is_package and importlib.import_module(name)
    }
    assert set(VERBS) <= found and {"post_feedback", "read_case", "list_codes"} <= found


@pytest.fixture
def call(generated, client_and_key, transactional_db, settings):
    """Call an operation over HTTP until it is neither 429 nor 503, as docs/api.md asks; waiting moves the clock."""
    settings.MIDDLEWARE = [AWAY, *settings.MIDDLEWARE]
    limits.server.cache_clear()
    met: list[int] = []
    now = timezone.now().replace(second=30, microsecond=0)
    with served() as address, time_machine.travel(now, tick=False) as clock:
        client = generated("client").AuthenticatedClient(base_url=address, token=client_and_key[1])

        def until_taken(operation: str, **given: Any) -> Any:
            while True:
                answer = generated(f"api.{operation}").sync_detailed(client=client, **given)
                met.append(int(answer.status_code))
                assert answer.parsed is not None, answer.content
                if answer.status_code not in {429, 503}:
                    return answer.parsed
                assert type(answer.parsed).__name__ == "Problem" and answer.parsed.request_id
                clock.shift(timedelta(seconds=int(answer.headers["Retry-After"])))

        until_taken.met = met
        yield until_taken
    DatabaseAway.times = 0


def test_it_waits_out_429_and_503_and_reads_its_case(call, generated, integration):
    """S22: `sync()` gave None for both, and the complaint was lost."""
    ApiClient.objects.filter(pk=integration.pk).update(per_minute=1)
    authentication.SEEN.forget()
    message = generated("models.feedback_input").FeedbackInput
    receipts = [call("intake.post_feedback", body=message.from_dict(body())) for _ in range(2)]
    DatabaseAway.times = 2
    case = call("cases.read_case", reference=receipts[1].reference)
    assert call.met == [201, 429, 201, 503, 503, 429, 200]
    assert case.reference == receipts[1].reference and case.state.value == "received"
    assert Case.objects.count() == 2


def test_a_refused_verb_is_a_problem_and_never_nothing(call, generated, integration):
    """S22"""
    message = generated("models.feedback_input").FeedbackInput
    receipt = call("intake.post_feedback", body=message.from_dict(body()))
    chase = generated("models.chase_input").ChaseInput(text="客户再次来电")
    done = call("verbs.chase", reference=receipt.reference, body=chase)
    refused = call("verbs.accept", reference=receipt.reference)
    unknown = call("verbs.chase", reference="C261123-0483175-9", body=chase, if_match='"1"')
    assert done.reference == receipt.reference and "chase" in done.allowed_verbs
    assert (refused.status, refused.code) in {(409, "invalid-transition"), (403, "forbidden")}
    assert (unknown.status, unknown.code) == (404, "not-found")
