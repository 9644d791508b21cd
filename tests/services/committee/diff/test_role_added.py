"""A role that a new version adds: `diff` says to which house, buses and secrecy it belongs."""

from __future__ import annotations

import pytest

from contracts.convention.model import Convention
from services.committee.diff.change import Change
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import diff
from tests.contracts.convention.amended import of, role, second


def registry() -> Convention:
    """A registry of the court that is said to belong to the police."""
    return of(role("GREFFE", "police"))


def added(new: Convention) -> Change:
    """The change that adds a role."""
    (found,) = (one for one in diff(second(), new).changes if one.atom.kind == "role")
    return found


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", "Un rôle est ajouté : Nouveau rôle GREFFE (GREFFE) ; il relève de : Police et gendarmerie nationales ; bus civil ; secret de la mission."),
        ("en", "A role is added: New role GREFFE (GREFFE); it belongs to: National police and gendarmerie; civil bus; bound by mission."),
    ],
)  # fmt: skip
def test_an_added_role_is_told_with_its_house(lang: str, said: str) -> None:
    """Whoever works there reads what the role receives, whatever the role is called."""
    new = registry()

    assert sentence(second(), new, added(new), lang) == said


def test_two_houses_for_one_added_role_are_two_different_changes() -> None:
    """As data too: house, secrecy, colleague, buses."""
    theirs, ours = added(registry()), added(of(role("GREFFE", "justice")))

    assert theirs.atom.becomes == ("police", "mission", "", "civil")
    assert ours.atom.becomes == ("justice", "mission", "", "civil")


@pytest.mark.parametrize(
    ("lang", "end"),
    [
        (
            "fr",
            "secret de la mission ; il est renvoyé vers : Services de police et de gendarmerie.",
        ),
        ("en", "bound by mission; it is sent to: Police and gendarmerie."),
    ],
)
def test_an_added_role_is_told_with_its_colleague(lang: str, end: str) -> None:
    """Who is told to write in its place."""
    old, row, where = role("GREFFE", "police")
    new = of(
        (old, row.replace("secrecy: mission\n", "secrecy: mission\n    colleague: POL\n"), where)
    )

    assert sentence(second(), new, added(new), lang).endswith(end)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", "désormais Police et gendarmerie nationales ; auparavant Tribunal judiciaire de Bobigny et PJJ."),
        ("en", "now National police and gendarmerie; before, Bobigny court and judicial youth service."),
    ],
)  # fmt: skip
def test_a_role_that_moves_to_another_house_is_told_with_the_names_of_both(
    lang: str, words: str
) -> None:
    """Not with their codes."""
    old, new = of(role("GREFFE", "justice")), registry()
    (moved,) = (one for one in diff(old, new).changes if one.atom.kind == "role_is")

    assert words in sentence(old, new, moved, lang)
