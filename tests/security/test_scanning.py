"""What ClamAV says of a file, and what it does not say: a small daemon on a socket answers as the real one does."""

import socket

import pytest
from django.conf import settings as configured
from django.core.checks import Error, Warning

from security import scanning
from security.checks import scanner_is_there
from security.scanning import Found, ScannerDown, pings, place_of, scan
from tests.clamd import EICAR
from tests.files import pdf


def test_a_file_goes_over_whole_and_is_clean_or_not(daemon):
    """T09"""
    asked = daemon()
    large = pdf(bytes(3 * scanning.PIECE + 7))
    assert scan(large) == Found() and scan(large).clean
    assert scan(b"x" + EICAR) == Found("Eicar-Test-Signature")
    assert asked.heard == [large, large, b"x" + EICAR]
    assert pings()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", "Heuristics.Limits.Exceeded.MaxFileSize"),
        (b"stream: Heuristics.Encrypted.PDF FOUND\0", "Heuristics.Encrypted.PDF"),
    ],
)
def test_what_it_could_not_look_through_is_not_clean(daemon, said, found):
    daemon(lambda _content: said)
    assert scan(b"x") == Found(found, looked=False) and not scan(b"x").clean


def test_a_name_of_what_it_found_is_one_line_of_signs_that_are_none(daemon):
    daemon(lambda _content: "stream: <b>坏\r\n{0}</b> FOUND\0".encode())
    assert scan(b"x").name == "_b_____0__/b_"


@pytest.mark.parametrize("said", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: what? ERROR\0", b"OK\0"])
def test_what_is_no_answer_is_asked_again_later(daemon, said):
    daemon(lambda _content: said)
    with pytest.raises(ScannerDown):
        scan(b"x")


def test_silence_is_not_waited_for_for_ever(daemon, monkeypatch):
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 0.2)
    daemon(lambda _content: None)
    with pytest.raises(ScannerDown, match="Timeout"):
        scan(b"x")


def test_nobody_there_is_a_scanner_that_is_down(tmp_path, settings):
    for setting in (f"clamd:unix:{tmp_path}/none", "clamd:tcp:127.0.0.1:1", "nonsense"):
        settings.SCANNER = setting
        with pytest.raises(ScannerDown):
            scan(b"x")
    settings.SCANNER = f"clamd:unix:{tmp_path}/none"
    assert not pings()


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("clamd:unix:/run/clamav/clamd.ctl", (socket.AF_UNIX, "/run/clamav/clamd.ctl")),
        ("clamd:tcp:scanner.internal:3310", (socket.AF_INET, ("scanner.internal", 3310))),
        ("clamd:tcp:[::1]:3310", (socket.AF_INET, ("::1", 3310))),
        ("clamd:unix:relative", None),
        ("clamd:tcp:host", None),
        ("http://host", None),
    ],
)
def test_an_address_is_read(written, place):
    assert place_of(written) == place


def test_a_check_tells_of_none_in_production_and_of_one_that_cannot_be_read(settings):
    assert configured.SCANNER == "" and scanner_is_there() == []
    settings.PRODUCTION = True
    assert [(type(one), one.id) for one in scanner_is_there()] == [(Warning, "security.W003")]
    settings.SCANNER = "clamd:nothing"
    assert [(type(one), one.id) for one in scanner_is_there()] == [(Error, "security.E005")]
    settings.SCANNER = "clamd:tcp:host:3310"
    assert scanner_is_there() == []
