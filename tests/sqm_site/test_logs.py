"""A log line is one JSON object that tells no secrets."""

import io
import json
import logging
import logging.config
import time

import pytest
import structlog

from sqm_site.logs import LONGEST, PERSONAL_NUMBER, logging_config


@pytest.fixture
def lines():
    """What the configured handler writes, parsed."""
    config = logging_config("INFO")
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    formatter = dict(config["formatters"]["json"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    logger.propagate = False
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_both_kinds_of_logger_write_json_with_the_request_id(lines):
    structlog.contextvars.bind_contextvars(request_id="cti-2026.001")
    logging.getLogger("tests.logs").warning("Bad Request: %s", "/api/\r\n\x1b[31mfake line")
    structlog.get_logger("tests.logs").info("swept", fired=3)
    first, second = lines()
    assert (first["event"], first["level"]) == ("Bad Request: /api/\r\n\x1b[31mfake line", "warning")
    assert (second["event"], second["fired"], second["request_id"]) == ("swept", 3, "cti-2026.001")
    assert first["timestamp"].endswith("Z")


def test_an_exception_keeps_its_place_and_loses_its_values(lines):
    phone = "13800138000"
    try:
        raise ValueError(f"bad {phone} of li@example.com\nDETAIL: Key (name)=(Li)")
    except ValueError:
        logging.getLogger("tests.logs").exception("failed")
    (line,) = lines()
    (trace,) = line["exception"]
    assert trace["exc_value"] == "bad # of #"
    assert trace["frames"][-1]["name"] == "test_an_exception_keeps_its_place_and_loses_its_values"
    assert phone not in json.dumps(line)
    assert "locals" not in json.dumps(line)


def test_of_a_long_text_the_beginning_is_kept_and_no_part_of_a_number(lines):
    """S6: a host name of 8 kB cost a second of work, since the veil over the log looked for an @ from each letter."""
    for said in ("x" * 8_000, "of 13800138000 " * 100, f"host: {'1' * 8_000}", f"{'x' * 490} 13800138000"):
        try:
            raise ValueError(said)
        except ValueError:
            logging.getLogger("tests.logs").exception("failed")
    kept = [line["exception"][0]["exc_value"] for line in lines()]
    assert all(len(one) <= LONGEST + 2 and "138" not in one for one in kept)
    assert kept[0] == " …" and kept[1].startswith("of # of # of #") and kept[2] == "host: …"


def test_the_veil_looks_at_every_letter_a_bounded_number_of_times():
    """S6: ten times the length was a hundred times the work."""

    def work(length: int) -> float:
        took = []
        for _try in range(3):
            started = time.thread_time()
            PERSONAL_NUMBER.sub("#", "x" * length)
            took.append(time.thread_time() - started)
        return min(took)

    assert work(20_000) < 30 * work(2_000) + 0.05
