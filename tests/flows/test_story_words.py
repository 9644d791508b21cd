"""How the stories read: who takes part, what the marks mean, how it ended; in both languages."""

from __future__ import annotations

import io
import re
from functools import lru_cache

import pytest
from rich.console import Console

from services.play.demo.screen import Lang, Screen, ScreenLine, Teller
from services.play.demo.stories import play_all
from tests.world import World


@lru_cache(maxsize=1)
def lines() -> tuple[World, tuple[ScreenLine, ...]]:
    """All that a play tells."""
    world, teller = World(), Teller()
    assert play_all(world, teller)
    return world, tuple(teller.lines)


@lru_cache(maxsize=2)
def shown(lang: Lang) -> str:
    """What a reader has on the screen."""
    world, told = lines()
    console = Console(record=True, width=100, file=io.StringIO())
    screen = Screen(console, world.convention.calendar, lang)
    for line in told:
        screen(line)
    return console.export_text()


def texts(lang: str, *kinds: str) -> list[str]:
    """The texts of the lines of some kinds that are shown."""
    return [
        line.text.say(lang)
        for line in lines()[1]
        if line.kind in kinds and not line.data.get("quiet")
    ]


def test_a_play_begins_with_what_it_is_who_takes_part_and_what_the_marks_mean() -> None:
    """A newcomer knows all that before the first story."""
    kinds = [line.kind for line in lines()[1]]

    before = kinds[: kinds.index("story")]

    assert before[:3] == ["title", "introduction", "section"]
    assert before.count("cast") >= 12
    assert before.count("legend") >= 8


@pytest.mark.parametrize(
    ("lang", "figures"),
    [
        ("fr", r"5 situations, \d+ inscriptions rejouées, 1\s\d{3} vérifications, aucun écart\."),
        ("en", r"5 situations, \d+ records replayed, 1,\d{3} checks, no deviation\."),
    ],
)
def test_a_play_ends_with_a_verdict_and_figures(lang: str, figures: str) -> None:
    """The last line says in words how it ended."""
    last = lines()[1][-1]

    assert lines()[1][-2].kind == "verdict"
    assert re.fullmatch(figures, last.text.say(lang))


def test_what_deviates_is_counted_in_the_end() -> None:
    """The figures of a play that failed do not say that all is well."""

    class Losing(World):
        def audit(self) -> dict[str, object]:
            return {**super().audit(), "clean": False}

    teller = Teller()
    play_all(Losing(), teller, "A")

    assert teller.lines[-1].text.say("en").endswith(", 1 deviation.")


def test_a_closed_search_is_not_called_a_declaration() -> None:
    """An end has a title of its own: of the search, of the measure, of the follow-up."""
    acts = texts("fr", "act")

    ends = [text for text in acts if re.search(r"\s: fin d[eu]", text)]
    closing = [text for text in acts if "la clôt" in text]

    assert len(ends) == 4  # of a link, a measure, a follow-up and a search
    assert "déclaration" not in closing[0]


def test_reports_that_come_every_month_are_told_once() -> None:
    """Eight are held against what is expected; two are shown, one of each service."""
    held = [one for one in lines()[1] if "note d’avancement" in one.text.say("fr")]

    assert sum(one.kind == "act" for one in held) == 7
    assert sum("note d’avancement." in text for text in texts("fr", "act")) == 2


def test_doors_fit_what_was_refused() -> None:
    """Only where a school wrote to the police: the CRIP, the prosecutor, its own colleague."""
    assert texts("en", "door") == [
        "the right door: “child-concern alert” to the CRIP (R02)",
        "the right door: “report to the prosecutor” to the prosecutor (R08)",
        "or through a colleague who may send it, the school social service (R01)",
    ]


def test_french_is_typed_as_french() -> None:
    """Typographic apostrophes, hours with « h », no code of a desk where a name belongs."""
    text = shown("fr")

    assert re.findall(r"\w'\w", text) == []
    assert re.findall(r"\b\d\d:\d\d\b", text) == []
    assert re.findall(r"\b(?:EDU-[SH]|PARQ-\w+|HOME-\d|POL|ASSO|PSP)\b", text) == []
    assert re.findall(r"\n\s*[:;?!»]", text) == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_line_is_wider_than_the_screen(lang: Lang) -> None:
    """Wrapped by words, never in the middle of a date or before a colon."""
    assert max(map(len, shown(lang).splitlines())) <= 100
    assert not re.search(r"«\s*\n", shown(lang))
