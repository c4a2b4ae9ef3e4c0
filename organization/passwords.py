"""Passwords that fit the rules and are guessed first: words of the house, years and rows of keys put together."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST = 6  # characters that must be left
# What people at a bank make passwords of; longer words first, so that none hides in another.
PIECES = (
    "administrator|insurance|complaints|complaint|password|customer|service|welcome|finance|company|manager|handler"
    "|qwertyuiop|asdfghjkl|zxcvbnm|1qaz2wsx|qazwsx|qwerty|asdfgh|zxcvbn|abcdef|zhongguo|yinhang|tousu|mima|admin|login"
    "|china|money|bank|user|test|spring|summer|autumn|winter|love|abcd|pass|abc|sqm"
    "|银行|密码|投诉|客户|保险|服务"
)
LEET = str.maketrans("@$0134", "asoiea")
KNOWN = re.compile(rf"(?:{PIECES})")
YEARS_AND_ROWS = re.compile(r"(?:19|20)[0-9]{2}|0?123456?7?8?9?0?|9?8?76543210?|(.)\1{2,}")


class NotGuessable:
    """What is left without such pieces must be long enough. BankBank2026 is nothing but pieces."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        small = YEARS_AND_ROWS.sub("", password.lower())
        left = min((KNOWN.sub("", one) for one in (small, small.translate(LEET))), key=len)
        if len(set(re.sub(r"[\W_]", "", left))) < FEWEST:
            raise ValidationError(self.get_help_text(), code="guessable")

    def get_help_text(self) -> str:
        return _("Take three words that do not belong together: none of our trade, no year, no row of keys.")
