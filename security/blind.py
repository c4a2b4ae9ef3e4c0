"""Find sealed values by equality: one written form for each kind of value, and a keyed digest of that form."""

import functools
import hmac
import re
import unicodedata
from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from security.sealing import decode_key
from sqm_site.errors import Invalid

INDEX_LENGTH = 32  # hex digits: 128 bits
TAIL_LENGTH = 4

# GB 11643: weights of the first 17 digits, and the check character by remainder
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
# first two digits of a resident's number (GB/T 2260); 81 to 83 and 9x are residence permits of the same form
REGION = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[0-9])"
RESIDENT = re.compile(REGION + "[0-9]{4}(?:19|20)[0-9]{9}[0-9X]")
FORMER_RESIDENT = re.compile(REGION + "[0-9]{13}")
# GB 32100: the unified social credit code of an organisation
CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PHONE_MARKS = re.compile(r"[\s\-\u2010-\u2015\u2212().]")
MOBILE = re.compile(r"(?:(?:\+|00)?86|0)?(1[3-9][0-9]{9})")
LANDLINE = re.compile(r"(?:(?:\+|00)?86|0)((?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8})")
ABROAD = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
EXTENSION = re.compile(r"(?:转|分机|ext|x|#)[0-9]{1,6}$", re.IGNORECASE)  # no part of the line's number
LOCAL = re.compile(r"[0-9]{5,12}")  # without area code, or a service number: kept as it was dialled

NAME_DOTS = re.compile(r"[\u2022\u2027\u2219\u30fb]")
SPACES_IN_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")

check_address = EmailValidator(allowlist=())

MESSAGES = {
    "phone": _("Write a phone number of 5 to 15 digits, such as 13800138000, 010-88888888 or +85221234567."),
    "id_no": _("This is not a valid identity number: check its length and its last character."),
    "email": _("Write an e-mail address such as name@example.com, of at most 320 characters."),
    "openid": _("Write the identifier as the platform gave it: letters, digits, - and _, at most 128."),
    "customer_no": _("Write a customer number of at most 64 characters, without spaces."),
    "card": _("Write a card number of 8 to 32 digits."),
    "name": _("Write a name of at most 200 characters."),
}


def normalise(kind: str, plain: str) -> str:
    """Return the one written form of a value, so that equal values have equal indexes.

    Raises Invalid for what cannot be such a value; the sentence never repeats it.
    """
    written = INVISIBLE.sub("", unicodedata.normalize("NFKC", plain))
    found = None if CONTROL.search(written) else FORMS[kind](written.strip())
    if found is None:
        raise Invalid({kind: [str(MESSAGES[kind])]})
    return found


def blind_index(kind: str, plain: str) -> str:
    """Return the index of a value (32 hex digits). Raises Invalid as `normalise` does."""
    return _index(kind, normalise(kind, plain))


def name_index(plain: str) -> str:
    """Return the index of a name; empty for what is none: nobody is refused for how they call themselves."""
    try:
        return blind_index("name", plain)
    except Invalid:
        return ""


def phone_tail_index(plain: str) -> str:
    """Return the index of a phone number's last four digits: customers name them to be found."""
    return _index("phone tail", normalise("phone", plain)[-TAIL_LENGTH:])


def is_identity_number(written: str) -> bool:
    """Whether 18 characters are a resident's number: region, birthday and check character (GB 11643-1999)."""
    return bool(RESIDENT.fullmatch(written)) and _is_day(written[6:14]) and _identity_check(written) == written[17]


def is_former_identity_number(written: str) -> bool:
    """Whether 15 digits are a resident's number as issued before 1999."""
    return bool(FORMER_RESIDENT.fullmatch(written)) and _is_day("19" + written[6:12])


def is_credit_code(number: str) -> bool:
    """Whether 18 characters are the unified social credit code of an organisation (GB 32100-2015)."""
    if not CREDIT_CODE.fullmatch(number) or number[0] not in "159NY":
        return False
    total = sum(pow(3, place, 31) * CREDIT_ALPHABET.index(sign) for place, sign in enumerate(number[:17]))
    return CREDIT_ALPHABET[-total % 31] == number[17]


def _phone(written: str) -> str | None:
    dialled = EXTENSION.sub("", PHONE_MARKS.sub("", written))
    if chinese := MOBILE.fullmatch(dialled) or LANDLINE.fullmatch(dialled):
        return "+86" + chinese[1]
    if abroad := ABROAD.fullmatch(dialled):
        return "+" + abroad[1]
    return dialled if LOCAL.fullmatch(dialled) else None


def _identity(written: str) -> str | None:
    number = re.sub(r"[\s\-]", "", written).upper()
    if is_former_identity_number(number):  # the same person's 18 characters
        longer = number[:6] + "19" + number[6:]
        return longer + _identity_check(longer)
    if re.fullmatch(r"[A-Z][A-Z0-9()]{4,19}", number) and not CREDIT_CODE.fullmatch(number):
        return number  # passport, permit: forms without a public check
    return number if is_identity_number(number) or is_credit_code(number) else None


def _email(written: str) -> str | None:
    local, _at, domain = written.lower().rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
        check_address(address)
    except (UnicodeError, ValidationError):
        return None
    return address


def _name(written: str) -> str | None:
    name = SPACES_IN_CHINESE.sub("", NAME_DOTS.sub("·", " ".join(written.split()))).casefold()
    name = unicodedata.normalize("NFKC", name)  # a mark may stand beside its letter only now
    return name if 0 < len(name) <= 200 else None


def _card(written: str) -> str | None:
    number = re.sub(r"[\s\-]", "", written)
    return number if re.fullmatch(r"[0-9]{8,32}", number) else None


def _as_given(pattern: str) -> Callable[[str], str | None]:
    """The form of identifiers from other systems: never edited, or two customers might become one."""
    return lambda written: written if re.fullmatch(pattern, written) else None


FORMS: dict[str, Callable[[str], str | None]] = {
    "phone": _phone,
    "id_no": _identity,
    "email": _email,
    "name": _name,
    "openid": _as_given(r"[A-Za-z0-9_\-]{1,128}"),
    "customer_no": _as_given(r"\S{1,64}"),
    "card": _card,
}


def _identity_check(number: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(IDENTITY_WEIGHTS, number[:17], strict=True))
    return IDENTITY_CHECKS[total % 11]


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _index(kind: str, normalised: str) -> str:
    return hmac.digest(_index_key(kind), normalised.encode(), "sha256").hex()[:INDEX_LENGTH]


@functools.cache
def _index_key(kind: str) -> bytes:
    """A key a kind, so that equal words of two kinds have different indexes."""
    return hmac.digest(decode_key(settings.INDEX_KEY, setting="INDEX_KEY"), kind.encode(), "sha256")
