"""The specification and the code: every citation leads to a section, every closed list is the code's.

A citation is a page and a number, `envelope §4.2`; several of one page share its name (`keys §2.3, §2.4`,
`rules §2 to §4`). Within a page of the specification a number alone is enough.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

from contracts.conventions import FILES, read
from contracts.decision.state import effects
from contracts.envelope.model import Cover, Receipt
from contracts.keys import directory_form
from contracts.log import rebuild
from contracts.log.orders import order, rulings
from contracts.vocabulary import reasons, scopes, topics
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.events.notices import NOTICES, Notice
from services.platform.process import exit_codes

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "specification"
PAGES: Final = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README")
_HEADING: Final = re.compile(r"^#{2,3} (\d+(?:\.\d+)*)\.? (.+)$", re.MULTILINE)
_NUMBER: Final = r"§(\d+(?:\.\d+)*)"
_MORE: Final = rf"(?:(?:,| and| to| ·) {_NUMBER})*".replace("(\\d", "(?:\\d")
_CITED: Final = re.compile(rf"\b({'|'.join(PAGES)})\s+(§[\d.]*\d{_MORE})")
_FOREIGN: Final = re.compile(rf"\bRFC \d+ {_NUMBER}")  # another standard's section
_OLD: Final = re.compile(rf"\b({'|'.join(PAGES)})\.md\b(?!\))")


@lru_cache
def sections(page: str) -> dict[str, str]:
    """Number of each section of a page -> its text, subsections included."""
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    found, headings = {}, list(_HEADING.finditer(text))
    for heading in headings:
        own = heading[1]
        inside = [one for one in headings if one.start() > heading.start()]
        end = next((one.start() for one in inside if not one[1].startswith(own + ".")), len(text))
        found[own] = text[heading.start() : end]
    return found


def tracked() -> list[Path]:
    """Every text file of the repository in which something may be cited."""
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    endings = {".md", ".mjs", ".py", ".sh", ".toml", ".yaml", ".yml"}
    paths = [ROOT / name for name in told.stdout.splitlines()]
    return [path for path in paths if path.suffix in endings and path.exists()]


def unresolved(path: Path, text: str) -> list[str]:
    """The citations of a text that lead nowhere, with their lines."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        left = _FOREIGN.sub("", line)
        for cited in _CITED.finditer(left):
            wanted = re.findall(_NUMBER, cited[2])
            found += [
                f"{number}: {cited[1]} §{one}" for one in wanted if one not in sections(cited[1])
            ]
        left = _CITED.sub("", left)
        own = sections(path.stem) if path.parent == FOLDER and path.stem in PAGES else {}
        found += [f"{number}: §{one}" for one in re.findall(_NUMBER, left) if one not in own]
        left = re.sub(_NUMBER, "", left)
        found += [f"{number}: a section without a number"] * left.count("§")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_sections_are_numbered_without_gaps(page: str) -> None:
    """1, 2, 3 and within each 1.1, 1.2: a number leads to one place."""
    numbers = [one[1] for one in _HEADING.finditer((FOLDER / f"{page}.md").read_text("utf-8"))]

    before: list[int] = []
    for text in numbers:
        own = [int(one) for one in text.split(".")]
        first = own == [*before, 1]
        assert first or (
            own[:-1] == before[: len(own) - 1] and own[-1] == before[len(own) - 1] + 1
        ), text
        before = own
    assert len(set(numbers)) == len(numbers) > 2


def test_every_citation_leads_to_a_section() -> None:
    """In code, tests and documents; a section sign without its page counts as one that does not."""
    this = Path(__file__)
    faults = {
        str(path.relative_to(ROOT)): found
        for path in tracked()
        if path != this and (found := unresolved(path, path.read_text("utf-8")))
    }

    assert faults == {}


def test_no_code_cites_a_page_as_a_whole() -> None:
    """A page without a number helps nobody to find the sentence."""
    here = Path(__file__)
    code = [path for path in tracked() if path.suffix in (".py", ".mjs") and path != here]

    named = [str(one.relative_to(ROOT)) for one in code if _OLD.search(one.read_text("utf-8"))]

    assert named == ["tests/vectors/specification/bodies.py"]  # which writes one


def test_the_code_cites_the_specification() -> None:
    """The sentences of the wire format are found from the code, not from the head."""
    cited = {
        (match[1], number)
        for path in tracked()
        if path.suffix == ".py"
        for match in _CITED.finditer(path.read_text("utf-8"))
        for number in re.findall(_NUMBER, match[2])
    }

    assert len(cited) > 50


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("see envelope §4.2 and keys §2.3, §2.4", 0),
        ("rules §2 to §4; RFC 7518 §4.6", 0),
        ("envelope §99", 1),
        ("keys §2.3, §99", 1),
        ("nothing §4", 1),
        ("envelope § 4", 1),
        ("environment §4.2", 1),
    ],
)
def test_a_citation_to_nowhere_is_noticed(text: str, faults: int) -> None:
    """The test above can fail."""
    assert len(unresolved(ROOT / "x.py", text)) == faults


def test_links_between_pages_lead_to_files() -> None:
    """Pages, schemas, vectors and glossary lie where they are linked."""
    for page in FOLDER.rglob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def listed(page: str, number: str) -> set[str]:
    """What stands in backticks in a section."""
    return set(re.findall(r"`([^`\n]+)`", sections(page)[number]))


def first_column(page: str, number: str) -> set[str]:
    """What stands in backticks in the first column of a section's own table."""
    table = sections(page)[number].partition("\n### ")[0].partition("\n|---")[2]
    rows = re.findall(r"^\|([^|]+)\|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_claims_of_a_cover_are_the_codes() -> None:
    """Each, and no other."""
    assert first_column("envelope", "4.2") == set(Cover.model_fields)


def test_the_claims_of_a_receipt_are_the_codes() -> None:
    """What all share, and what is a receipt's own."""
    told = listed("envelope", "5.1") | listed("envelope", "5.2")

    assert set(Receipt.model_fields) - told == set()


def test_the_kinds_of_notices_are_the_codes() -> None:
    """Each with its claims."""
    assert first_column("envelope", "5.3") == set(NOTICES)
    for kind, model in NOTICES.items():
        row = next(
            line for line in sections("envelope")["5.3"].splitlines()
            if re.match(rf"\|[^|]*`{kind}`[^|]*\|", line)
        )  # fmt: skip
        own = set(model.model_fields) - set(Notice.model_fields)
        assert [name for name in sorted(own) if f"`{name}`" not in row] == []


def test_every_code_of_the_envelope_is_listed() -> None:
    """Whoever is told a code finds where it comes from; those of issuing alone reach nobody."""
    sources = [ROOT / "contracts/encoding.py", ROOT / "contracts/keys/jose.py"]
    sources += sorted((ROOT / "contracts/envelope").glob("*.py"))
    raised = {
        code
        for path in sources
        for code in re.findall(r'(?:Envelope|Signature)Error\(\s*"(\w+)"', path.read_text("utf-8"))
    }

    assert (
        raised - {"not_a_desk", "part_too_large", "unknown_fact"} - listed("envelope", "11")
        == set()
    )


def test_every_member_of_a_convention_file_is_listed() -> None:
    """What stands at the top of the shipped files, and in a clause."""
    for name in FILES:
        text = read(name).decode()
        top = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
        clause = set(
            re.findall(
                r"^ {4}([a-z]+):",
                text.partition("\nclauses:")[2].partition("\nsystem:")[0],
                re.MULTILINE,
            )
        )
        assert (top | clause) - listed("rules", "15") == set()
        duty = {
            name
            for row in re.findall(r"\{(act: .*)\}", text)
            for name in re.findall(r"(\w+): ", row)
        }
        assert duty - listed("rules", "12.1") == set()


def test_the_effects_are_the_codes() -> None:
    """Each kind that the fold knows, and what it may say."""
    assert first_column("log", "5") == set(effects._APPLY) == set(effects.MEMBERS)
    for line in sections("log")["5"].splitlines():
        told = {
            name for words in re.findall(r"`([^`]+)`", line) for name in re.findall(r"\w+", words)
        }
        for kind in effects.MEMBERS.keys() & told if line.startswith("| `") else ():
            assert effects.MEMBERS[kind] - {"k"} - told == set(), line


def test_the_records_are_the_codes() -> None:
    """Kinds and members that a starting router knows."""
    assert first_column("log", "2.1") == rebuild.KINDS
    assert first_column("log", "2") == rebuild.MEMBERS


def test_the_orders_are_the_codes() -> None:
    """Kinds, and why something in quarantine is ruled on."""
    assert first_column("log", "6.2") == set(order.KINDS)
    assert set(rulings.REASONS) - listed("log", "6.2") == set()


def test_the_rows_of_the_directory_are_the_codes() -> None:
    """Every member of an entry is named."""
    for number, model in (
        ("2.3", directory_form.SigningEntry), ("2.4", directory_form.SealingRow),
        ("2.7", directory_form.EncryptionEntry),
    ):  # fmt: skip
        told = set(re.findall(r'"(\w+)"', sections("keys")[number]))
        assert set(model.model_fields) - {"revoked", "reason", "since"} - told == set()


def test_the_vocabulary_is_the_codes() -> None:
    """Scopes, event types, purposes, conditions, reasons, stages."""
    table = sections("rules")["3"]
    named = set(re.findall(r"\b[A-Z]{4,}(?:\.\w+)?\b", table)) & set(scopes.SCOPES)
    assert named == set(scopes.SCOPES)
    assert set(scopes.PURPOSES) - listed("rules", "4") == set()
    assert [
        one for one in scopes.EVENT_TYPES if not re.search(rf"\b{one}\b", sections("rules")["4"])
    ] == []
    assert first_column("rules", "6") == set(CONDITIONS)
    assert set(reasons.REASONS) == listed("rules", "7")
    assert set(scopes.ACK_STAGES) - listed("envelope", "4.2") == set()


def test_the_topics_are_the_codes() -> None:
    """Names and number of partitions."""
    made = {
        topics.outbox("<realm>", "<agency>"), topics.inbox("<realm>", "<agency>"), topics.decisions("<realm>"),
        topics.evidence("<realm>"), topics.control("<realm>"), topics.quarantine("<realm>"),
    }  # fmt: skip

    assert first_column("envelope", "6.2") == made
    assert topics.PARTITIONS == 6
    assert "six unless another number was chosen" in sections("envelope")["6.2"]
    assert f"`partitions` ≤ {topics.MOST_PARTITIONS};" in sections("log")["6.2"]


def test_the_exit_codes_are_the_codes() -> None:
    """Every number that a process ends with has its meaning."""
    numbers = {name: value for name, value in vars(exit_codes).items() if type(value) is int}
    codes = {value for name, value in numbers.items() if name != "REFUSALS"}

    told = {int(one) for one in re.findall(r"(?:^|· )(\d) ", sections("use")["1.1"], re.MULTILINE)}

    assert codes == told


def test_every_command_is_told_of() -> None:
    """Whoever reads the page knows what can be typed."""
    told = subprocess.run(
        [sys.executable, "-m", "services", "--help"], cwd=ROOT, capture_output=True, text=True,
        check=True, env={**os.environ, "RELAIS_LANG": "en"},
    )  # fmt: skip
    names = re.findall(r"^  ([a-z]+) {2,}", told.stdout.partition("Commands:")[2], re.MULTILINE)

    assert len(names) > 12
    assert [one for one in names if f"relais {one}" not in sections("use")["1"]] == []
