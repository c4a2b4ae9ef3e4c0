"""The words of a case, to be searched: redacted, beside the case and not in it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models

from feedback.search import surely
from sqm_site.remembering import Memory


class CaseWords(models.Model):
    """A piece of one text of a case: a message, a note, a reply, a decision. Inserted once; anonymise deletes it.

    A row of the case that moves a deadline writes no word anew. The original stands sealed with the feedback or the
    CaseText. A long text is cut into parts that overlap, so that each search finds its words within one.

    bigrams  the search words, and the legal entity as one of them: one index answers both
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="words")
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    event_sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    part = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    text = models.TextField()
    bigrams = ArrayField(models.TextField(), editable=False)

    class Meta:
        indexes = [GinIndex(fields=["bigrams"], name="words_bigrams", fastupdate=True)]

    def __str__(self) -> str:
        return self.text[:60]


class Plain(models.Func):
    """The text in one width of letters, as it is searched for."""

    template = "normalize(%(expressions)s, NFKC)"
    output_field = models.TextField()


# Of the commonest search words, in how many of how many texts each stands, as ANALYZE has counted.
COMMONEST = """
SELECT most_common_elems::text::text[], most_common_elem_freqs, reltuples FROM pg_stats, pg_class
WHERE schemaname = ANY (current_schemas(false)) AND tablename = %s AND attname = 'bigrams' AND oid = %s::regclass
"""
MANY = 10_000  # texts: a word that stands in more is looked for from the newest case downward, the others by the index
NEWEST = 10_000  # cases that are looked through for such a word
COUNTED: Memory[dict[str, float]] = Memory(600)


def is_common(word: str) -> bool:
    """Whether a word stands in so many texts that to read all of them would cost more than to look from the newest on.

    What ANALYZE does not list stands in fewer than 0.2 % of the texts: see the statistics of the column in 0002_guards.
    A single Chinese character is in no index: it counts as common.
    """
    counted = COUNTED.get("all", count_words) or {}
    pairs = surely(word)
    return not pairs or min(counted.get(pair, 0) for pair in pairs) > MANY


def count_words() -> dict[str, float]:
    """Search word -> in how many texts it stands, of the commonest."""
    table = CaseWords._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(COMMONEST, [table, table])
        found = cursor.fetchone()
    if not found or not found[0]:
        return {}
    words, shares, texts = found
    return {word: share * texts for word, share in zip(words, shares, strict=False)}


def texts_with(word: str, *, entity: int | None) -> "models.QuerySet[CaseWords]":
    """The texts in which a word stands, whatever its width and its small or capital letters.

    entity  the legal entity in which to look; None: all
    """
    wall, pairs, rows = [] if entity is None else [entity_word(entity)], surely(word), CaseWords.objects.all()
    if is_common(word) or pairs != [word.lower()]:  # a word that is one pair is where the index says
        rows = rows.alias(plain=Plain("text")).filter(plain__icontains=word)
    return rows if is_common(word) else rows.filter(bigrams__contains=[*wall, *pairs])


def entity_word(pk: int) -> str:
    """No text has it: words hold no colon."""
    return f"entity:{pk}"
