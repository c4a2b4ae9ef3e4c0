"""Names into pinyin: a program of its own, because pypinyin takes 57 MB that no serving process should hold.

    python -m organization.pinyin < names.json > syllables.json     # lists of text, in the same order

Called by `services.spelling` alone.
"""

import json
import re
import sys
import unicodedata

from pypinyin import lazy_pinyin

SPOKEN = re.compile(r"[a-z0-9]+")


def syllables(name: str) -> str:
    """“信用卡POS机” gives "xin yong ka pos ji": no tones, no marks, small letters."""
    plain = unicodedata.normalize("NFKC", name)
    return " ".join(part for heard in lazy_pinyin(plain) for part in SPOKEN.findall(heard.lower()))


if __name__ == "__main__":
    json.dump([syllables(name) for name in json.load(sys.stdin)], sys.stdout)
