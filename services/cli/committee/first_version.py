"""A file that follows no version: whether the bus or the home already has another one.

A bus that has adopted a version takes no first one any more, whoever has signed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from services.cli.committee.which_convention import BusAnswer

_ = Catalogue(__name__)

SAID: Final = {
    "bus": _(
        "version {new}: follows no version, while version {old} is in force on the bus, which "
        "would refuse this file"
    ),
    "home": _(
        "version {new}: follows no version, while this folder has version {old} ({name}); a bus "
        "that has adopted it would refuse this file"
    ),
    "unknown": _(
        "version {new}: follows no version; neither the bus nor this folder shows one, and "
        "nothing says that no bus has adopted one already, which would then refuse this file"
    ),
}


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is at hand beside a file that follows no version.

    Attributes:
        where: `bus` or `home`: which has another version; `alone` if one of them has this very file,
            or the bus has none; `unknown` if there is nothing to look at.
        other: that other version.
    """

    where: str = "alone"
    other: Convention | None = None

    def lines(self, new: Convention, lang: str) -> Iterator[str]:
        """What is to be said of it, if anything is."""
        if self.where != "alone":
            old, name = (self.other.version, self.other.file) if self.other else ("", "")
            yield SAID[self.where].say(lang, new=new.version, old=old, name=name)

    def wire(self) -> dict[str, Any] | None:
        """The other version, as data."""
        if self.other is None:
            return None
        return {"on": self.where, "version": self.other.version, "convd": self.other.digest}


ALONE: Final = Beginning()


def beginning(convention: Convention, home: Path) -> Beginning:
    """Look on the bus, then in the home; of a file that follows a version, there is nothing to ask."""
    from services.cli.committee.which_convention import ask

    return ALONE if convention.predecessor else _of(convention, ask(home), _own(home))


def _of(convention: Convention, asked: BusAnswer, own: Convention | None) -> Beginning:
    """The bus knows best; a home's file is only what is meant for it. Pure."""
    if asked.convention is not None:
        on_bus = (asked.convention, asked.before)
        return ALONE if _among(convention, *on_bus) else Beginning("bus", asked.convention)
    if own is not None:
        return ALONE if _among(convention, own) else Beginning("home", own)
    return ALONE if asked.how == "nothing" else Beginning("unknown")


def _among(convention: Convention, *known: Convention | None) -> bool:
    """Whether it is one of them, or the version that one of them follows."""
    return any(
        other is not None and convention.digest in (other.digest, other.predecessor)
        for other in known
    )


def _own(home: Path) -> Convention | None:
    """The home's file; one that does not load says nothing here."""
    from contracts.convention.load import load
    from contracts.errors import ConventionError
    from services.platform.keys.convention_file import read_convention

    path = home / "convention.yaml"
    try:
        return load(read_convention(path), path.name) if path.exists() else None
    except ConventionError:
        return None
