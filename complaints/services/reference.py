"""The number a customer is given: it names the day, hides our volume, and shows a typing error."""

import re
import secrets
from datetime import date

from complaints.errors import WrongReference

REFERENCE_TRIES = 5  # two cases of one day drawing the same seven digits: once in about ten million pairs
PATTERN = re.compile(r"^C(\d{6})-(\d{7})-(\d)$", re.ASCII)


def new_reference(on: date) -> str:
    """`C` + yymmdd + seven random digits + check digit, such as C261123-0483175-9. Unique by the table alone."""
    digits = f"{on:%y%m%d}{secrets.randbelow(10**7):07d}"
    return f"C{digits[:6]}-{digits[6:]}-{check_digit(digits)}"


def check_digit(digits: str) -> int:
    """ISO/IEC 7064 MOD 11,10: finds every single wrong digit and nearly every swap of neighbours."""
    carry = 10
    for digit in digits:
        carry = (carry + int(digit)) % 10 or 10
        carry = carry * 2 % 11
    return (11 - carry) % 10


def parse(reference: str) -> str:
    """The reference in its one spelling. Raises WrongReference for what cannot be one."""
    spelled = reference.strip().upper()
    found = PATTERN.match(spelled)
    if found is None or check_digit(found[1] + found[2]) != int(found[3]):
        raise WrongReference(reference=reference[:40])
    return spelled
