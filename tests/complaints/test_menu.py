"""更多: every verb of the menu stands under one heading."""

from collections import Counter

from complaints.desk.menu import ABOUT, OTHERS, grouped, subject_of
from complaints.verb import MENU
from complaints.verbs import VERBS

OFFERED = [verb for verb in VERBS.values() if verb.place == MENU]


def test_every_verb_of_the_menu_stands_once_under_a_heading_of_its_subject():
    shown = [verb.name for _heading, verbs in grouped(OFFERED) for verb in verbs]
    assert sorted(shown) == sorted(verb.name for verb in OFFERED)
    assert OTHERS not in dict(grouped(OFFERED)), "put the file of the verb into ABOUT"


def test_no_subject_stands_under_two_headings_and_none_is_gone():
    counted = Counter(subject for _heading, subjects in ABOUT for subject in subjects)
    assert set(counted.values()) == {1}
    assert counted.keys() <= {subject_of(verb) for verb in VERBS.values()}


def test_nothing_stands_under_no_heading():
    assert grouped([]) == []
