"""The register of the institution is asked with care: it tells of one customer, of nobody, or is down."""

import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from feedback import lookup
from feedback.lookup import Held, LookupDown, lookup_of
from tests.register import KEY, knows

PHONE = "+8613912345678"
OUYANG = Held(name="欧***", phone="139****5678", customer_class="私人银行客户", branch="示范分行营业部")


@pytest.fixture
def entity(institution):
    return institution.legal_entity


def drips(handler, asked):
    """Never silent for as long as the time-out, never at an end."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _time in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.05)


def hangs_up(handler, asked):
    handler.close_connection = True


WRONG = {
    "server error": lambda handler, asked: handler.say(500, b"{}"),
    "forbidden": lambda handler, asked: handler.say(401, b"{}"),
    "no json": lambda handler, asked: handler.say(200, b"<html>"),
    "no utf-8": lambda handler, asked: handler.say(200, b'{"name": "\xff"}'),
    "a list": lambda handler, asked: handler.say(200, b"[]"),
    "numbers": lambda handler, asked: handler.say(200, b'{"name": 5}'),
    "nested": lambda handler, asked: handler.say(200, b"[" * 60_000),
    "cut off": lambda handler, asked: handler.say(200, b'{"name": "x"}', **{"Content-Length": "99"}),
    "huge": lambda handler, asked: handler.say(200, b'{"name": "' + b"x" * 70_000 + b'"}'),
    "nothing": hangs_up,
}


def test_it_is_asked_by_number_or_phone_with_its_key_and_never_in_the_address(register, entity):
    server = register()
    assert lookup_of(entity).find("customer_no", "80012345") == OUYANG
    assert lookup_of(entity).find("phone", PHONE) == OUYANG
    assert lookup_of(entity).find("phone", "+8613900000000") is None
    assert server.asked[0] == ("/customers?v=1", {"customer_no": "80012345"}, f"Bearer {KEY}")


def test_a_legal_entity_without_register_has_none(entity):
    assert lookup_of(entity) is None


@pytest.mark.parametrize("answers", WRONG.values(), ids=WRONG)
def test_what_is_no_answer_is_told_as_down_without_a_value(register, entity, answers):
    register(answers)
    with pytest.raises(LookupDown) as down:
        lookup_of(entity).find("phone", PHONE)
    assert "139" not in str(down.value)


def test_who_sends_a_byte_at_a_time_is_broken_off(register, entity):
    register(drips, seconds=1)
    began = time.monotonic()
    with pytest.raises(LookupDown):
        lookup_of(entity).find("phone", PHONE)
    assert time.monotonic() - began < 4  # the server alone would take ten


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_it_is_led_nowhere_else(register, entity, status):
    inside = register()
    register(
        lambda handler, asked: handler.say(status, b"", Location=f"http://127.0.0.1:{inside.server_port}/customers")
    )
    with pytest.raises(LookupDown, match=str(status)):
        lookup_of(entity).find("phone", PHONE)
    assert inside.asked == []


def test_after_a_failure_it_rests_and_then_is_asked_again(register, entity, monkeypatch):
    server = register(WRONG["server error"])
    for _time in range(2):
        with pytest.raises(LookupDown):
            lookup_of(entity).find("phone", PHONE)
    assert len(server.asked) == 1
    server.answers = knows
    monkeypatch.setattr(lookup_of(entity), "rests_until", time.monotonic())
    assert lookup_of(entity).find("phone", PHONE) == OUYANG


def test_nobody_there_is_down(register, entity):
    server = register()
    server.server_close()
    with pytest.raises(LookupDown):
        lookup_of(entity).find("phone", PHONE)


def test_a_certificate_that_nobody_signed_is_refused(register, entity, tmp_path):
    server = register(url="https://localhost:{port}/customers")
    server.socket = own_context(tmp_path).wrap_socket(server.socket, server_side=True)
    with pytest.raises(LookupDown, match="SSL"):
        lookup_of(entity).find("phone", PHONE)
    assert server.asked == []


def test_it_is_asked_by_tls_where_the_certificate_holds(register, entity, tmp_path, monkeypatch):
    server = register(url="https://localhost:{port}/customers")
    server.socket = own_context(tmp_path).wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    assert lookup_of(entity).find("phone", PHONE) == OUYANG


def test_nothing_goes_out_without_tls_but_to_this_machine(register, entity):
    register(url="http://register.example:{port}/customers")
    with pytest.raises(LookupDown, match="https"):
        lookup_of(entity).find("phone", PHONE)


def test_what_it_says_stands_on_one_line_of_bounded_length():
    said = b'{"customer_class": "gold\\n\\u202e' + b"x" * 200 + b'"}'
    found = lookup.held(200, said)
    assert found.customer_class == "gold " + "x" * 95
    assert (found.name, found.phone, found.branch) == ("", "", "")


def own_context(folder) -> ssl.SSLContext:
    """A server's side with a certificate for localhost that it signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().issuer_name(name).subject_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
