from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from security.errors import WrongKey
from security.sealing import ALGORITHMS, Sm4Box, current_prefix, seal, sealing_box, unseal
from tests.security.conftest import key

ROW = UUID("7b0c4c3e-2f5d-4e53-9d0a-4bb7f1f6c1aa")
BLOCK = bytes.fromhex("0123456789abcdeffedcba9876543210")


@given(plain=st.text(), row=st.uuids(), field=st.sampled_from(["phone", "name", "words"]))
def test_what_was_sealed_opens_again(plain, row, field):
    assert unseal(seal(plain, row=row, field=field), row=row, field=field) == plain


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(plain=st.binary(), nonce=st.binary(min_size=12, max_size=12), place=st.binary())
def test_every_algorithm_gives_back_what_it_took(algorithm, plain, nonce, place):
    box = ALGORITHMS[algorithm](b"k" * 32)

    assert box.decrypt(nonce, box.encrypt(nonce, plain, place), place) == plain


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_says_its_algorithm_and_key_and_hides_the_rest(keys, algorithm):
    keys(f"k1:{key('a')}", algorithm=algorithm)

    token = seal("13800138000", row=ROW, field="phone")

    assert token.startswith(f"{algorithm}:k1:") and "138" not in token.split(":")[2][:4]
    assert token != seal("13800138000", row=ROW, field="phone")
    assert unseal(token, row=ROW, field="phone") == "13800138000"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_opens_in_no_other_row_or_field(keys, algorithm):
    keys(f"k1:{key('a')}", algorithm=algorithm)
    token = seal("13800138000", row=ROW, field="phone")

    for row, field in [(uuid4(), "phone"), (ROW, "name")]:
        with pytest.raises(WrongKey, match="another row"):
            unseal(token, row=row, field=field)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:20],
        lambda token: token.replace("v1:", "s1:"),
        lambda token: token.replace(":k1:", ":k9:"),
        lambda token: "v1:k1:",
        lambda token: "13800138000",
        lambda token: "",
    ],
)
def test_a_changed_token_is_refused_loudly_and_never_returned(spoil):
    token = seal("13800138000", row=ROW, field="phone")

    with pytest.raises(WrongKey):
        unseal(spoil(token), row=ROW, field="phone")


def test_after_a_change_of_keys_old_values_open_and_new_ones_use_the_new_key(keys):
    old = seal("13800138000", row=ROW, field="phone")

    keys(f"k2:{key('b')}", f"k1:{key('a')}")
    new = seal("13800138000", row=ROW, field="phone")

    assert new.startswith("v1:k2:")
    assert unseal(old, row=ROW, field="phone") == unseal(new, row=ROW, field="phone") == "13800138000"
    assert new.startswith(current_prefix()) and not old.startswith(current_prefix())


def test_a_key_taken_from_the_ring_too_early_is_named(keys):
    old = seal("13800138000", row=ROW, field="phone")
    keys(f"k2:{key('b')}")

    with pytest.raises(WrongKey, match="key v1:k1 is not in SEAL_KEYS"):
        unseal(old, row=ROW, field="phone")


def test_a_change_of_algorithm_leaves_old_values_readable(keys):
    old = seal("13800138000", row=ROW, field="phone")
    keys(f"k1:{key('a')}", algorithm="s1")

    assert unseal(old, row=ROW, field="phone") == "13800138000"
    assert current_prefix() == "s1:k1:"


@pytest.mark.parametrize(
    ("ring", "said"),
    [
        ([], "no key"),
        (["k1:short"], "entry 1: the key must be base64url of 32 random bytes"),
        ([f"k1:{key('a')}", f"k1:{key('b')}"], "entry 2: write id:key"),
        ([f":{key('a')}"], "entry 1: write id:key"),
        (["k1:ключ"], "entry 1"),
    ],
)
def test_a_bad_ring_is_refused_without_showing_a_key(keys, ring, said):
    keys(*ring)

    with pytest.raises(ImproperlyConfigured, match=said) as refusal:
        sealing_box()
    assert all(entry.partition(":")[2] not in str(refusal.value) for entry in ring)


def test_a_key_may_be_written_without_padding(keys):
    keys(f"k1:{key('a').rstrip('=')}")

    assert unseal(seal("x", row=ROW, field="name"), row=ROW, field="name") == "x"


def test_sm4_and_sm3_give_the_values_of_the_standards():
    encryptor = Cipher(SM4(BLOCK), ECB()).encryptor()
    digest = Hash(SM3())
    digest.update(b"abc")

    assert encryptor.update(BLOCK).hex() == "681edf34d206965e86b3e94f536e4246"
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm4_gcm_gives_the_values_of_rfc_8998():
    box = Sm4Box(b"k" * 32)
    box.cipher = SM4(BLOCK)
    nonce = bytes.fromhex("00001234567800000000abcd")
    place = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("".join(letter * 16 for letter in "abcdefea"))

    sealed = box.encrypt(nonce, plain, place)

    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert box.decrypt(nonce, sealed, place) == plain
