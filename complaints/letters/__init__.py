"""文书: each kind of letter is a line in one of these files and a template of its words in `templates/letters/`."""

from complaints.letters import beginning, deadlines, deciding, ending, inside
from complaints.letters.kinds import LetterKind
from complaints.models import Letter

LETTERS: dict[str, LetterKind] = {
    one.key: one
    for one in (*beginning.LETTERS, *deadlines.LETTERS, *deciding.LETTERS, *ending.LETTERS, *inside.LETTERS)
}


def number_of(row: Letter) -> str:
    """文号, as it stands on the paper."""
    return f"{row.unit.code}{LETTERS[row.kind].mark}〔{row.year}〕{row.number}号"
