"""How a name is typed by whoever types pinyin."""

from django.db import models


class Spelling(models.Model):
    """The syllables of one name, by the name itself: it has no owner, and a name that changes is another one.

    Written at set-up and by a sweep, where pypinyin runs; read where people look for a code, a unit or a colleague.

    syllables  "xin yong ka", without tones; what is not Chinese stands in it as it is, in small letters
    initials   "xyk"
    whole      "xinyongka"
    """

    name = models.CharField(max_length=120, primary_key=True)
    syllables = models.TextField()
    initials = models.TextField()
    whole = models.TextField()

    def __str__(self) -> str:
        return f"{self.name}: {self.syllables}"
