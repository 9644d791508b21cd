"""A hospital joins with words of its own: folder, convention and directory; no more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest

import services
from contracts.conventions import SECOND, read
from services.agency.folders import agencies
from services.agency.trade import trade_of
from tests.contracts.convention.hospital import third
from tests.flows.directories import joined
from tests.world import World

RECORDS = '''
"""What the paediatric unit files."""
from typing import Annotated, Final, Literal
from contracts.vocabulary.fields import Line, Text
from services.agency.record.marks import OWN, To
from services.agency.record.record import kinds
from services.agency.record.shared_blocks import Person, one_fact
from services.agency.record.shared_blocks import InformationPreoccupante as Concern


class Patient(Person):
    """The child as the hospital's file has her or him."""

    family_name: Annotated[Line | None, To("name")] = None
    ipp: Annotated[Line | None, OWN] = None


class InformationPreoccupante(Concern):
    """A concern to the CRIP."""

    roles = ("UMJ",)
    patient: Patient
    examination: Annotated[Text, To("FACTS:facts", one_fact)]
    file: Annotated[Text | None, To("HEALTH:record")] = None


KINDS: Final = kinds(InformationPreoccupante)
'''
WORDS = """
from typing import Final
from services.agency.office.inbox.arrival_words import Words
from services.texts import Catalogue

_ = Catalogue(__name__)
WORDS: Final = Words(minor="patient", titles={"FEEDBACK": _("The CRIP answers")})
"""
FRENCH = """
msgid "The CRIP answers"
msgstr "Retour de la CRIP"
"""
CONCERN: dict[str, Any] = {
    "kind": "information_preoccupante", "reference": "dossier 7",
    "patient": {"first_name": "Lina", "family_name": "Durand", "ipp": "800123"},
    "examination": "Ecchymoses", "file": "Dossier complet",
    "told": {"parents": "told", "minor": "told"},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`services/hospital`, as a partner would add it; taken away again."""
    root = tmp_path_factory.mktemp("services")
    package = root / "hospital"
    package.mkdir()
    for name, text in (("__init__", '"""A hospital."""'), ("records", RECORDS), ("words", WORDS)):
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    (package / "fr.po").write_text(FRENCH, encoding="utf-8")
    _forget()
    services.__path__.append(str(root))
    yield
    services.__path__.remove(str(root))
    _forget()


def _forget() -> None:
    """What was looked up before the folder was there, and after it is gone."""
    for name in [name for name in sys.modules if name.startswith("services.hospital")]:
        del sys.modules[name]
    for looked_up in (agencies, trade_of):
        looked_up.cache_clear()
    invalidate_caches()


@pytest.fixture(scope="module")
def world(folder: None) -> World:
    """A federation at work, which the hospital has joined."""
    return joined({"umj": ("UMJ", "hospital")}, read(SECOND), third())


def test_its_record_becomes_an_event_and_its_words_tell_the_answer(world: World) -> None:
    """Filed, delivered and answered; its own number stays, the full file is left out."""
    answer = world.post("umj", CONCERN)
    (event,) = answer.body["events"]
    (arrived,) = (one for one in world.inbox("crip") if one.event == event)
    world.acknowledge("crip", event)
    world.outcome("crip", event, "help_in_place", final=True)
    (reply,) = (one for one in world.inbox("umj") if one.item.get("from") == "crip")

    assert answer.status == 202, answer.body
    assert {one["field"]: one["reasons"][0] for one in answer.body["left_out"]}.keys() == {
        "patient.ipp", "file",
    }  # fmt: skip
    assert arrived.item["content"]["child"] == "IDENTITY"
    assert arrived.item["parts"]["IDENTITY"]["name"] == "Durand"
    assert reply.item["title"] == {"fr": "Retour de la CRIP", "en": "The CRIP answers"}
    assert world.audit()["clean"]


def test_commands_know_it_by_its_folder(folder: None) -> None:
    """`relais serve hospital` is a role; without a folder an agency speaks the bus's words."""
    assert "hospital" in agencies()
    assert list(trade_of("elsewhere").kinds) == ["event", "withdrawal"]


def test_no_shared_code_names_an_agency_s_folder() -> None:
    """Outside their own folders, `services.<agency>` is imported nowhere."""
    root = Path(services.__file__).parent
    known = {*agencies(), "partner"}

    naming = [
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if file.relative_to(root).parts[0] not in known
        and any(f"services.{name}" in file.read_text(encoding="utf-8") for name in known)
    ]

    assert naming == []
