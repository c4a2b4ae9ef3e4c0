"""A log line is one JSON object that tells no secrets."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from sqm_site.logs import logging_config


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
