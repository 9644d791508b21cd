"""Who takes part in the stories, by the names that their sentences use.

A desk has one name; French needs a second form, since « à le » becomes « au ».
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from services.texts import Catalogue, Text

_ = Catalogue(__name__)


class Name(NamedTuple):
    """A desk's name as the subject of a sentence, and as whom something goes to."""

    who: Text
    to: Text


NAMES: Final = {
    "edu-s": Name(_("the school social service"), _("to the school social service")),
    "edu-h-1": Name(_("the head teacher"), _("to the head teacher")),
    "edu-h-2": Name(_("the head of another school"), _("to the head of another school")),
    "crip": Name(_("the CRIP"), _("to the CRIP")),
    "ase": Name(_("the ASE"), _("to the ASE")),
    "pmi": Name(_("the PMI"), _("to the PMI")),
    "psp": Name(_("the street team"), _("to the street team")),
    "asso": Name(_("the association"), _("to the association")),
    "home-1": Name(_("home 1"), _("to home 1")),
    "home-2": Name(_("home 2"), _("to home 2")),
    "mo": Name(_("the home-based service"), _("to the home-based service")),
    "parq-civ": Name(_("the prosecutor"), _("to the prosecutor")),
    "parq-crim": Name(_("the criminal prosecutor"), _("to the criminal prosecutor")),
    "je": Name(_("the juvenile judge"), _("to the juvenile judge")),
    "pjj": Name(_("the PJJ"), _("to the PJJ")),
    "pol": Name(_("the police"), _("to the police")),
}

PARTS: Final = {
    "edu-h-1": _("heads a school"),
    "edu-h-2": _("heads another one"),
    "edu-s": _("social workers, nurses and doctors of schools, bound by secrecy"),
    "psp": _("educators who meet young people in the street"),
    "asso": _("specialised in the prostitution of minors"),
    "crip": _("unit of the Département that collects alerts and has them evaluated"),
    "ase": _("child welfare service of the Département"),
    "mo": _("educators who help a child in its family, by order of the judge"),
    "home-1": _("takes in children who have been placed"),
    "home-2": _("takes in others"),
    "parq-civ": _("protects minors, and brings their cases before the judge"),
    "parq-crim": _("directs inquiries"),
    "je": _("orders what protects a child"),
    "pol": _("search, hear and investigate"),
}
"""Those who act or receive in the five stories, in the order in which they are presented, and what they are."""


def who(desks: Iterable[str]) -> list[Text | str]:
    """Desks as they act; one that no story knows, by its id."""
    return [NAMES[desk].who if desk in NAMES else desk.upper() for desk in desks]


def to(desks: Iterable[str]) -> list[Text | str]:
    """Desks as something goes to them."""
    return [NAMES[desk].to if desk in NAMES else f"→ {desk.upper()}" for desk in desks]
