"""The matrix: its rows, and a page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import Any

import pytest

from contracts.convention.clauses import questions
from contracts.convention.model import Convention
from services.committee.matrix.clause_margin import beside
from services.committee.matrix.page import page, rows
from services.texts import typed as as_typed
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention
from tests.elements import Elements

NAMES = [
    "clause", "issuer", "recipient", "event", "purpose", "scopes", "conditions", "owes", "keep",
    "basis", "flags",
]  # fmt: skip


def matrix() -> list[dict[str, Any]]:
    """The rows of the first version, as `--format json` prints them."""
    return [row.wire() for row in rows(convention())]


def test_there_is_one_row_for_each_question() -> None:
    """Clause, issuer and recipient, publications included; the promised names in their order."""
    rows = matrix()
    expected = {
        (grant.clause, issuer, recipient)
        for grant in convention().grants
        for _, issuer, _, _, recipient in questions(grant)
    }

    assert len(rows) == 91
    assert {(row["clause"], row["issuer"], row["recipient"]) for row in rows} == expected
    assert all(list(row) == NAMES for row in rows)


def test_a_row_says_who_owes_what_to_whom() -> None:
    """R08: three duties, roles resolved; of R26 each recipient's own."""
    (row,) = (one for one in matrix() if one["clause"] == "R08")
    rows = {one["recipient"]: one["owes"] for one in matrix() if one["clause"] == "R26"}

    assert [(o["debtor"], o["creditor"], o["act"], o["within"]) for o in row["owes"]] == [
        ("PARQ-CIV", "EDU-H", "ACK:received", "2h"),
        ("EDU-H", "CRIP", "R11", "1wd"),
        ("PARQ-CIV", "EDU-H", "R41", "15wd"),
    ]
    assert row["flags"] == {"flow": "law", "deadline": "invention", "categories": "invention"}
    assert [owed["act"] for owed in rows["HOME"]] == ["ACK:received"]
    assert [owed["act"] for owed in rows["MO"]] == ["ACK:started", "R28", "R31"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_cell_at_a_glance_leads_to_its_clauses_sentences(lang: str) -> None:
    """From who and whom to the text, with what stands beside it; by no script, in no other file."""
    found = Elements(page(convention(), lang))

    hrefs = found.values("href")
    assert {*hrefs} <= {f"#{name}" for name in found.values("id")}
    assert not {"script", "link", "img", "iframe", "object"} & found.tags
    for grant in convention().grants:
        assert grant.sentence[lang] in found.text
        pairs = len(grant.issuers) * len(grant.recipients)
        assert hrefs.count(f"#{grant.id}") == pairs + 1  # at a glance, and in the table
        for line in beside(convention(), grant, lang):
            assert as_typed(line) in found.text


def test_a_page_says_whether_its_version_is_known_to_be_in_force_and_read_by_a_lawyer() -> None:
    """Of a file alone nobody knows; each text has the day on which it was checked."""
    of_file, of_bus = (as_typed(page(convention(), "en", adopted=known)) for known in (False, True))
    draft, adopted = "nothing here shows that this version is signed", "In force on the bus"
    checked = {code: {**one, "checked": "2026-01-15"} for code, one in convention().texts.items()}

    assert (draft in of_file, adopted in of_file) == (True, False)
    assert (draft in of_bus, adopted in of_bus) == (False, True)
    said = f"No lawyer has checked any of the {len(convention().texts)} legal texts."
    assert (f" {said}" in of_file, f". {said}" in of_bus) == (True, True)
    assert "lawyer" not in page(replace(convention(), texts=checked), "en")


@pytest.mark.parametrize("version", [convention(), second()], ids=["first", "second"])
def test_the_parties_own_remarks_are_told_apart_and_told_once(version: Convention) -> None:
    """A note stands in the sentence like any other: there, and nowhere else, it is set as one."""
    said = "En italique : les remarques des parties"
    clauses = as_typed(page(version, "fr")).partition('id="clauses"')[2].partition("<h2")[0]
    notes = [grant.note["fr"] for grant in version.grants if grant.note]

    assert clauses.count(said) == 1
    assert re.findall(r"<em>(.*?)</em>", clauses) == [escape(note, quote=False) for note in notes]
    for note in notes:
        assert clauses.count(escape(note, quote=False)) == notes.count(note)


def test_the_second_version_shows_its_promises_signatories_and_what_stays_off_the_bus() -> None:
    """What no clause may break is read with the clauses."""
    shown = Elements(page(second(), "fr")).text

    assert all(one.sentence["fr"] in shown for one in second().invariants)
    assert all(as_typed(what["fr"]) in shown for what in second().off_bus.values())
    assert second().off_bus
    assert "Doivent signer : 7 sur 7." in shown


def test_a_page_of_one_desk_says_so_under_its_title_and_the_whole_page_does_not() -> None:
    """Printed, it would else look like the whole convention; of other clauses it has nothing."""
    html = page(convention(), "fr", "POL")

    shown = Elements(html)
    assert "Extrait : service POL. 9 lignes sur 91." in shown.text
    assert "R01" not in shown.values("id")
    assert "</h1>\n<p><strong>Extrait" in html
    assert "Extrait" not in Elements(page(convention(), "fr")).text
