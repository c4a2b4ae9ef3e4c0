"""Texts and messages stand as the log has their digests, and so do the copies that are shown and searched.

Sealed words are opened here without a record: no person and no output sees them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from complaints.chronicle import IN_WORDS, UNSEARCHED, in_one_text, key_of, subject_digest, words_of
from complaints.hanging import BESIDE
from complaints.models import (
    ADDRESSES,
    Address,
    Attachment,
    Case,
    CaseText,
    CaseWords,
    Message,
    Notification,
    Representative,
)
from complaints.models.representative import NAME
from complaints.services.attaching import digest_of as digest_of_file
from complaints.services.retelling import Place, Replayed
from complaints.services.titles import message_text, title_of
from feedback import services as feedback
from security.blind import blind_index
from security.errors import WrongKey
from security.fields import Sealed
from security.masking import mask
from sqm_site.errors import Invalid

MESSAGES, TELLINGS, FILES = BESIDE[Message], BESIDE[Notification], BESIDE[Attachment]
PARTS = ("sealed", "masked", "index")  # the columns of one address
OF_REPRESENTATIVE = {"name": NAME, "phone": "phone", "email": "email"}  # a value, and what its text is called
Word = tuple[int, str, int]  # the sequence of an event, the kind of its text, the part of it
Texts = Mapping[Place, CaseText]


def told_otherwise(what: str) -> str:
    return _("{what} is not what the log says.").format(what=what)


def only_in_one(kind: str, place: tuple[Any, ...]) -> str:
    said = _("{kind} {key} stands only in the log or only among the rows.")
    return said.format(kind=kind, key=" ".join(map(str, place)))


def twice(kind: str, places: list[Any]) -> Iterator[str]:
    for place in sorted(place for place, count in Counter(places).items() if count > 1):
        yield _("{kind} {key} stands there twice.").format(kind=kind, key=" ".join(map(str, place)))


def spoken_otherwise(case: Case, told: Replayed) -> Iterator[str]:
    """One sentence for every text, message, title or word of a case that is not what was said."""
    texts = {(text.event_sequence, text.kind): text for text in case.texts.all()}
    yield from twice("texts", [(text.event_sequence, text.kind) for text in case.texts.all()])
    yield from (only_in_one("texts", place) for place in sorted(texts.keys() ^ told.texts.keys()))
    both = sorted(texts.keys() & told.texts.keys())
    others = [place for place in both if digest_of(texts[place]) != told.texts[place]]
    yield from (told_otherwise(f"texts {sequence} {kind}") for sequence, kind in others)
    yield from (told_otherwise(name) for name in sorted(IN_WORDS) if not in_words(case, name, texts, told))
    yield from evidence_otherwise(case, texts, told)
    yield from addresses_otherwise(case, texts)
    yield from representatives_otherwise(case, texts)
    yield from files_otherwise(case, told)
    messages = [row for row in case.messages.all() if (MESSAGES, key_of(row)) in told.began]
    changed = [row for row in messages if said_now(row) != told.rows[MESSAGES][key_of(row)].get("said")]
    yield from (told_otherwise(f"{MESSAGES} {key_of(row)} said") for row in changed)
    if not changed:  # else their copies cannot be judged
        yield from copied_otherwise(case, texts, messages, told)


def copied_otherwise(case: Case, texts: Texts, messages: list[Message], told: Replayed) -> Iterator[str]:
    """What was made of the messages: the title of the case, and the words that are searched."""
    if not titled(case, messages, told):
        yield told_otherwise("subject")
    yield from words_otherwise(case, texts, messages, told)


def digest_of(text: CaseText) -> str:
    """Empty for words that do not open: somebody changed them."""
    try:
        return text.digest_of(feedback.opened(text.words))
    except WrongKey:
        return ""


def in_words(case: Case, name: str, texts: Texts, told: Replayed) -> bool:
    """Whether a column that people wrote holds the words of the text that says it."""
    value, place = getattr(case, name), told.worded.get(name)
    if place is None or not value:
        return place is None and not value
    return place in texts and texts[place].digest_of(in_one_text(value)) == told.texts[place]


# Rows of a case -> the column that shows a text, the column that names its event, and what the text is called there.
PROVEN_BY = [
    ("contacts", "recording", "event_sequence", "evidence"),
    ("agreements", "evidence", "event_sequence", "evidence"),
    ("exclusions", "evidence", "event_sequence", "evidence"),
    ("extensions", "evidence", "event_sequence", "evidence"),
    ("external_references", "evidence", "answer_sequence", "evidence"),
    ("promises", "evidence", "outcome_sequence", "evidence"),
    ("redress", "agreement", "event_sequence", "agreement"),
    ("redress", "voucher", "paid_sequence", "evidence"),
    ("representatives", "kept_as", "seen_sequence", "evidence"),
]


def evidence_otherwise(case: Case, texts: Texts, told: Replayed) -> Iterator[str]:
    """What a row shows of its evidence is what the text of its event shows."""
    shown = {place: text.text for place, text in texts.items()}
    for rows, column, sequence, kind in PROVEN_BY:
        for row in getattr(case, rows).all():
            if getattr(row, column) != shown.get((getattr(row, sequence) or 0, kind), ""):
                yield told_otherwise(f"{rows} {key_of(row)} {column}")
    yield from tellings_otherwise(case, shown, told)


def tellings_otherwise(case: Case, shown: Mapping[Place, str], told: Replayed) -> Iterator[str]:
    """The same of the tellings of a decision, by the events that began them."""
    for telling in case.notifications.all():
        try:
            began = told.began.get((TELLINGS, key_of(telling)))
        except ObjectDoesNotExist:
            continue  # its round is gone, which is said elsewhere
        if began is not None and telling.evidence != shown.get((began.sequence, "evidence"), ""):
            yield told_otherwise(f"{TELLINGS} {key_of(telling)} evidence")


def files_otherwise(case: Case, told: Replayed) -> Iterator[str]:
    """The name of a file and the key that opens it are those of which the log has the digest."""
    for row in case.attachments.all():
        said = told.rows[FILES].get(key_of(row), {}).get("said")
        if said is not None and said != file_said_now(row):
            yield told_otherwise(f"{FILES} {key_of(row)} said")


def file_said_now(row: Attachment) -> str:
    """Empty for what does not open: somebody changed it."""
    try:
        return digest_of_file(row)
    except WrongKey:
        return ""


def addresses_otherwise(case: Case, texts: Texts) -> Iterator[str]:
    """An address to which answers go is the one that the text of its event says."""
    for address in case.addresses.all():
        columns = [[getattr(address, f"{name}_{part}") for part in PARTS] for name in ADDRESSES]
        said = [name for name in ADDRESSES if (address.event_sequence, name) in texts]
        filled = [name for name, parts in zip(ADDRESSES, columns, strict=True) if any(parts)]
        text = texts[address.event_sequence, said[0]] if said else None
        if text is None or said != filled or not same(getattr(address, said[0]), text):
            yield told_otherwise(f"{BESIDE[Address]} {key_of(address)}")


def representatives_otherwise(case: Case, texts: Texts) -> Iterator[str]:
    """The name and the addresses of whoever speaks for the complainant are those that the texts of the event say."""
    for row in case.representatives.all():
        said = {name: texts.get((row.event_sequence, kind)) for name, kind in OF_REPRESENTATIVE.items()}
        for name, text in said.items():
            filled = any(getattr(row, f"{name}_{part}", "") for part in PARTS)
            if filled != (text is not None) or (text is not None and not same(getattr(row, name), text)):
                yield told_otherwise(f"{BESIDE[Representative]} {key_of(row)} {name}")


def same(value: Sealed, text: CaseText) -> bool:
    """Whether a sealed value is what a text says, and its mask and index are those of it."""
    try:
        plain = feedback.opened(value)
        index = blind_index(value.kind, plain) if value.kind in ADDRESSES else ""  # of a name none is kept here
        made = mask(value.kind, plain), index
        return plain == feedback.opened(text.words) and made == (value.masked, value.index)
    except (Invalid, WrongKey):
        return False


def said_now(row: Message) -> str | None:
    """The digest of a message as it is now; None when it is gone or does not open."""
    try:
        return feedback.digest_of(row.feedback)
    except (ObjectDoesNotExist, WrongKey):
        return None


def titled(case: Case, messages: Iterable[Message], told: Replayed) -> bool:
    """Whether the title is that of the message that was written first, else as it was imported or a person wrote it."""
    if told.subject:
        return subject_digest(case.subject) == told.subject
    of_conversation = (row.feedback for row in messages if row.opened or row.feedback.thread == case.thread != "")
    first = min(of_conversation, key=lambda message: (message.received_at, message.pk), default=None)
    return first is not None and case.subject == title_of(first)


def words_otherwise(case: Case, texts: Texts, messages: Iterable[Message], told: Replayed) -> Iterator[str]:
    """The words by which a case is found are those of its texts and messages."""
    kept = {place_of(row): row for row in case.words.all()}
    wanted = {place_of(row): row for row in words_wanted(case, texts, messages, told)}
    yield from twice("words", [place_of(row) for row in case.words.all()])
    yield from (only_in_one("words", place) for place in sorted(kept.keys() ^ wanted.keys()))
    for place in sorted(kept.keys() & wanted.keys()):
        if seen(kept[place]) != seen(wanted[place]):
            yield told_otherwise(f"words {place[0]} {place[1]} {place[2]}")


def words_wanted(case: Case, texts: Texts, messages: Iterable[Message], told: Replayed) -> Iterator[CaseWords]:
    for (sequence, kind), text in texts.items():
        if kind not in UNSEARCHED:
            yield from words_of(case, kind, text.text, sequence=sequence)
    for row in messages:
        began = told.began[MESSAGES, key_of(row)]
        yield from words_of(case, "message", message_text(row.feedback), sequence=began.sequence)
    if told.subject and not told.retitled:
        yield from words_of(case, "message", case.subject, sequence=1)


def place_of(row: CaseWords) -> Word:
    return row.event_sequence, row.kind, row.part


def seen(row: CaseWords) -> tuple[Any, ...]:
    return row.legal_entity_id, row.received_at, row.text, frozenset(row.bigrams)
