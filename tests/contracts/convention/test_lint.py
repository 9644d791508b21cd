"""What lint finds in a convention that loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

import contracts.convention
from contracts.convention.days import clock_changes, easter, holidays
from contracts.convention.finding_words import TEXTS
from contracts.convention.lint import NOTE, PROBLEM, Finding, lint
from contracts.convention.load import load
from contracts.convention.sentences import generate
from contracts.conventions import SECOND, SHIPPED, read, shipped
from tests.contracts.convention.hospital import CLAUSES, PARTY, ROLE, joined
from tests.contracts.convention.kit import changed, convention, text

# The shipped file's findings, each true on purpose: the reason stands beside it.
SHIPPED_NOTES = {
    "calendar_ends",  # 2031 is far enough for a version that will be replaced
    "never_released",  # FACTS.source: deliberately (rules.md, Scopes)
    "never_released_whole",  # HEALTH: deliberately too
    "text_not_checked",  # no lawyer has read it: said in the file and in SECURITY.md
    "reply_elsewhere",  # R26 and R27 discharge the judge's duty to whomever they go (rules.md)
    "basis_ends",  # the criminal-procedure code is renumbered on 1 January 2029
}


def codes(data: bytes) -> set[tuple[str, str]]:
    """(level, code) of the findings of a file."""
    return {(finding.level, finding.code) for finding in lint(load(data, "changed.yaml"))}


def test_the_shipped_convention_has_no_problem_and_only_known_notes() -> None:
    """Its findings are listed with their reasons."""
    findings = lint(convention())

    assert {finding.code for finding in findings} == SHIPPED_NOTES
    assert {finding.level for finding in findings} == {NOTE}


def test_a_sentence_that_does_not_say_what_the_data_say_is_a_problem() -> None:
    """One word less in the text, and one recipient less in the data."""
    word = changed("Exclus : santé", "Santé", "R01")
    data = changed("recipients: [CRIP, ASE]", "recipients: [CRIP]", "R20")

    assert (PROBLEM, "sentence_differs") in codes(word)
    assert (PROBLEM, "sentence_differs") in codes(data)


def test_the_finding_gives_the_sentence_that_the_data_make() -> None:
    """What to write is in the finding, at the clause's line."""
    changed_file = load(changed("Exclus : santé", "Santé", "R01"), "changed.yaml")

    (finding,) = [f for f in lint(changed_file) if f.code == "sentence_differs"]

    assert generate(changed_file, changed_file.grants[0], "fr") in finding.mend("fr")
    assert text().splitlines()[finding.line - 1] == "  - id: R01"


@pytest.mark.parametrize(
    ("word", "lie", "line"),
    [
        ("rapprocher deux dossiers", "fusionner deux dossiers", "  LINK:"),
        ("the content no more", "the content for ever", "  WITHDRAW:"),
    ],
)
def test_a_sentence_about_the_buss_own_events_says_what_the_bus_does(
    word: str, lie: str, line: str
) -> None:
    """Of those events the data cannot lie: they would not load."""
    lying = load(changed(word, lie), "changed.yaml")

    (finding,) = [one for one in lint(lying) if one.level == PROBLEM]

    assert finding.code == "sentence_differs"
    assert word in "".join(finding.mend(lang) for lang in ("fr", "en"))
    assert text().splitlines()[finding.line - 1] == line


ACK: Final = "      - {act: ACK:received, debtor: recipient, creditor: issuer, within: 1wd}\n"
PRESENCE: Final = """  - id: R46
    event: HEARING
    purpose: progress
    label: {fr: réponse de présence, en: reply about presence}
    flags: {flow: invention, deadline: invention, categories: invention}
    realm: civil
    issuers: [ASSO]
    recipients: [POL]
    scopes: [CODE.attendance]
    traps: []
    conditions: []
    duties: []
    assigns: []
    keep: P7
    basis: [CONVENTION]
    sentence: {fr: x, en: y}

"""
JUDGED: Final = (
    PRESENCE.replace("[ASSO]", "[ASE]")
    .replace("[POL]", "[JE]")
    .replace("conditions: []", "conditions: [assigned, measure_open]")
)
CPP: Final = "  CPP2029-L3133-22:\n"
Edit = tuple[str, str, str]  # old text, new text, clause from which on it is looked for

# code -> level, edits of the shipped file, and a word of the line that the finding names.
# A second report of the head teacher: what it carries is not what R08 carries.
MEASURE_REPORT: Final = """  - id: R46
    event: SIG
    purpose: protect_now
    realm: civil
    label: {fr: signalement, en: report}
    flags: {flow: law, deadline: law, categories: invention}
    issuers: [EDU-H]
    recipients: [JE]
    scopes: [MEASURE]
    traps: []
    conditions: []
    duties: []
    assigns: []
    keep: P30
    basis: [CASF-L226-2-1]
    sentence: {fr: Signalement., en: Report.}

"""
FAULTY: Final[dict[str, tuple[str, tuple[Edit, ...], str]]] = {
    "sentence_differs": (PROBLEM, (("Exclus : santé", "Santé", "R01"),), "id: R01"),
    "not_translated": (
        PROBLEM, (("en: child-concern alert", "en: information préoccupante", "R01"),), "id: R01",
    ),
    "scope_adds_nothing": (
        PROBLEM, (("SCHOOLING, FACTS,", "SCHOOLING, FACTS, FACTS.summary,", "R01"),), "id: R01",
    ),
    "duty_adds_nothing": (PROBLEM, ((ACK, ACK + ACK, "R01"),), "id: R01"),
    "duty_looser": (
        PROBLEM, ((ACK, ACK + ACK.replace("received", "accepted").replace("1wd", "3h"), "R01"),
                  ("within: 1wd", "within: 4h", "R01")), "id: R01",
    ),
    "condition_adds_nothing": (
        PROBLEM, (("# The bus's own events", JUDGED + "# The bus's own events", ""),), "id: R46",
    ),
    "clause_adds_nothing": (
        PROBLEM, (("# The bus's own events", PRESENCE + "# The bus's own events", ""),), "id: R46",
    ),
    "conditions_never_met": (
        PROBLEM,
        (
            ("issuers: [POL]", "issuers: [POL, PARQ-CIV]", "R07"),
            ("conditions: [own_st]", "conditions: [own_st, own_ip]", "R39"),
        ),
        "recipients: [PARQ-CIV]",
    ),
    "scope_never_copied": (PROBLEM, ((", LOCATION]", "]", "R08"),), "issuers: [EDU-H]"),
    "reply_impossible": (PROBLEM, (("issuers: [EDU-S]", "issuers: [EDU-S, PJJ]", "R01"),), "id: R01"),
    "copy_not_permitted": (
        PROBLEM,
        (
            ("  - id: R13\n", MEASURE_REPORT + "  - id: R13\n", ""),
            ("[IDENTITY, CONTACT, FAMILY, SCHOOLING, FACTS, FACTS.third_party, LOCATION]",
             "[MEASURE]", "R11"),
        ),
        "id: R08",
    ),
    "kept_too_long": (PROBLEM, (("keep: P7", "keep: P30", "R21"),), "id: R21"),
    "basis_lost": (PROBLEM, (("    successor: CPP2029-L3133-22\n", "", ""),), "id: R24"),
    "basis_ends": (NOTE, (), "id: R24"),
    "text_never_in_force": (
        PROBLEM, (('from: 2029-01-01\n    until: ""', "from: 2029-01-01\n    until: 2028-01-01", ""),),
        CPP.strip(),
    ),
    "successor_too_late": (PROBLEM, (("from: 2029-01-01", "from: 2029-06-01", ""),), "CPP-706-49:"),
    "successor_circle": (
        PROBLEM,
        (('    until: ""\n    checked: ""\n',
          '    until: ""\n    checked: ""\n    successor: CPP-706-49\n', "CPP2029"),),
        CPP.strip(),
    ),
    "holiday_missing": (PROBLEM, (("2027: [01-01, 03-29,", "2027: [01-01, 01-02,", ""),), "calendar:"),
    "holiday_unknown": (PROBLEM, (("2027: [01-01, 03-29,", "2027: [01-01, 01-02,", ""),), "calendar:"),
    "clock_differs": (PROBLEM, (("2027-03-28T01:00", "2027-07-25T01:00", ""),), "calendar:"),
    "text_unused": (NOTE, (("    successor: CPP2029-L3133-22\n", "", ""),), CPP.strip()),
    "text_not_checked": (NOTE, (), "texts:"),
    "calendar_ends": (NOTE, (), "calendar:"),
    "never_released": (NOTE, (), "FACTS.source:"),
    "never_released_whole": (NOTE, (), "HEALTH:"),
    "reply_elsewhere": (NOTE, (), "id: R23"),
    "label_differs": (
        PROBLEM, (("{fr: identité, en: identity}", "{fr: identité civile, en: identity}", ""),),
        "IDENTITY:",
    ),
    "reader_unused": (
        NOTE, (("\nscopes:\n", "  MAYOR: {fr: le maire, en: the mayor}\n\nscopes:\n", ""),), "MAYOR:",
    ),
}  # fmt: skip


def edited(*edits: Edit, of: str = "") -> str:
    """A file with some words replaced, each from a clause on."""
    found = of or text()
    for old, new, inside in edits:
        mark = f"  {inside}-" if inside.startswith("CPP") else f"  - id: {inside}\n"
        place = found.index(old, found.index(mark) if inside else 0)
        found = found[:place] + new + found[place + len(old) :]
    return found


def found_in(data: str, code: str) -> list[Finding]:
    """The findings of one code in a file."""
    return [one for one in lint(load(data.encode(), "changed.yaml")) if one.code == code]


@pytest.mark.parametrize("code", FAULTY)
def test_each_fault_is_found_at_its_line_with_what_would_mend_it(code: str) -> None:
    """One small faulty file a code."""
    level, edits, shown = FAULTY[code]
    data = edited(*edits)

    found = found_in(data, code)

    assert {(one.level, one.file) for one in found if one.level == level} == {
        (level, "changed.yaml")
    }
    lines = data.splitlines()
    assert any(shown in lines[one.line - 1] for one in found)
    for one in found:
        for lang in ("fr", "en"):
            assert one.line > 0
            assert one.what(lang)
            assert one.mend(lang)
            assert "{" not in one.what(lang) + one.mend(lang)
    before = {(one.code, one.facts) for one in lint(convention())}
    assert not edits or any((one.code, one.facts) not in before for one in found)


def test_a_delay_beyond_the_tables_of_days_is_a_problem() -> None:
    """In force from 20 December, and the calendar ends with the year: three months lead nowhere."""
    data = edited(
        ("effective: 2026-01-01", "effective: 2026-12-20", ""),
        ("last: 2031-12-31", "last: 2026-12-31", ""),
    )
    data = re.sub(r"^    20(2[7-9]|3\d)(:|-).*\n", "", data, flags=re.MULTILINE)

    found = found_in(data, "deadline_without_calendar")

    assert {one.level for one in found} == {PROBLEM}
    assert "R01: R39:final within 3mo" in found[0].what("en")
    assert "R01 : R39:final, dans un délai de 3mo" in found[0].what("fr")


def test_a_role_that_receives_but_never_sends_is_noted() -> None:
    """A desk that can be told and cannot answer."""
    data = joined(shipped()).decode()
    start, end = data.index("  - id: R47\n"), data.index("  - id: R48\n")
    data = data[:start] + data[end:].replace("conditions: [own_ip]", "conditions: []", 1)

    (found,) = found_in(data, "never_answers")

    assert (found.level, data.splitlines()[found.line - 1]) == (NOTE, "  UAPED:")


def test_a_role_that_no_clause_names_is_noted() -> None:
    """A desk of it would get no topic and no right."""
    data = joined(shipped()).decode()
    data = data[: data.index("  - id: R47\n")] + data[data.index("# The bus's own events") :]

    (found,) = found_in(data, "role_unused")

    assert data.splitlines()[found.line - 1] == "  UAPED:"
    assert PARTY + ROLE + CLAUSES  # what the hospital's file is made of


def impossible(*edits: Edit) -> list[tuple[str, ...]]:
    """(debtor, act, creditor) of the duties that nothing discharges."""
    return [one.facts for one in found_in(edited(*edits), "reply_impossible")]


def test_what_is_owed_to_each_author_must_be_able_to_reach_each() -> None:
    """EDU-S is answered by R39; PJJ, beside it in R01, by nothing: a legal duty nobody can meet."""
    lost = impossible(("issuers: [EDU-S]", "issuers: [EDU-S, PJJ]", "R01"))

    assert lost == [("CRIP", "R39:final", "PJJ")]


def test_each_debtor_must_have_a_clause_of_its_own_that_reaches_the_creditor() -> None:
    """R12 reaches the prosecutor, and is the CRIP's: the school's R16 no longer goes anywhere it counts."""
    owed = "act: R16, debtor: recipient, creditor: issuer"
    edit = (owed, "act: R16|R12, debtor: recipient, creditor: PARQ-CIV", "R14")

    assert impossible(edit) == [("EDU-S", "R16|R12", "PARQ-CIV")]


def test_what_reaches_the_creditor_by_no_clause_may_go_to_anybody() -> None:
    """As the bus has it for the judge's R26: a note, and no problem."""
    edit = (
        "act: R11, debtor: issuer, creditor: CRIP",
        "act: R11, debtor: issuer, creditor: ASE",
        "R08",
    )

    assert impossible(edit) == []
    assert ("R11", "ASE") in [one.facts for one in found_in(edited(edit), "reply_elsewhere")]


def test_a_reply_that_cannot_name_what_it_answers_discharges_nothing() -> None:
    """R39 answers alerts and R22 alone: owed for an evaluation report, no event of it passes."""
    decided = "      - {act: ACK:decided, debtor: recipient, creditor: issuer, within: 5wd}\n"
    owed = "      - {act: R39:final, debtor: recipient, creditor: EDU-S, within: 5wd}\n"

    assert impossible((decided, decided + owed, "R18")) == [("CRIP", "R39:final", "EDU-S")]


def test_each_version_has_only_known_notes() -> None:
    """Those of the first, and a promise that recalls what the bus imposes on publications anyway."""
    second = lint(load(read(SECOND), SECOND))

    assert {one.code for one in second} == SHIPPED_NOTES | {"promise_adds_nothing"}
    assert [one.facts[0] for one in second if one.code == "promise_adds_nothing"] == ["I09"]


HOLLOW: Final = [  # code, text of the second version, what stands there instead
    ("promise_forbids_nothing", "only_if: {events: [EVALREP], conditions: [assigned]}",
     "only_if: {events: [EVALREP], conditions: []}"),
    ("promise_forbids_nothing", "at_most: {realms: [criminal], keep: P30}",
     "at_most: {realms: [criminal], keep: P90}"),
    ("promise_adds_nothing", "never: {to: [EDU-H], what: [HEALTH]}",
     "never: {to: [ODPE], what: [HEALTH]}"),
    ("promise_adds_nothing", "never: {to: [EDU-H], what: [HEALTH]}",
     "never: {from: [EDU-H], to: [POL], realms: [criminal]}"),
    ("promise_adds_nothing", "never: {to: [EDU-H], what: [HEALTH]}",
     "never: {from: [EDU-H], to: [EDU-H]}"),
    ("promise_adds_nothing", "at_most: {realms: [criminal], keep: P30}",
     "at_most: {to: [ODPE], keep: P30}"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "old", "new"), HOLLOW)
def test_a_promise_that_forbids_nothing_is_found(code: str, old: str, new: str) -> None:
    """Nobody is held to anything by it, and its sentence says the contrary."""
    data = edited((old, new, ""), of=read(SECOND).decode())

    found = [one for one in found_in(data, code) if one.facts[0] != "I09"]

    assert len(found) == 1
    assert data.splitlines()[found[0].line - 1] == f"  - id: {found[0].facts[0]}"
    assert {one.level for one in found} == {PROBLEM if "forbids" in code else NOTE}
    assert found[0].what("fr").endswith("»")


SAME: Final = [  # what the finding names, its English text, its French one, the line
    ("title", "Convention on information sharing in child protection, Seine-Saint-Denis",
     "Convention relative au partage d'informations en protection de l'enfance, Seine-Saint-Denis",
     "title:"),
    ("police", "National police and gendarmerie", "Police et gendarmerie nationales", "  police:"),
    ("POL.named", "the police and gendarmerie", "les services de police et de gendarmerie", "  POL:"),
    ("POL", "Police and gendarmerie", "Police et gendarmerie", "  POL:"),
    ("COPIL", "the steering committee", "le comité de pilotage", "  COPIL:"),
    ("LOCATION", "last known place", "dernier lieu connu", "  LOCATION:"),
    ("CC-375", '"Civil code, art. 375 (educational assistance)"',
     '"Code civil, art. 375 (assistance éducative)"', "  CC-375:"),
    ("I05", '"The identity of the private person who alerted is never sent."',
     "\"L'identité du particulier qui a alerté n'est jamais transmise.\"", "  - id: I05"),
    ("LINK.label", "link}", "rapprochement}", "  LINK:"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "english", "french", "line"), SAME)
def test_every_text_that_was_not_translated_is_found(
    named: str, english: str, french: str, line: str
) -> None:
    """Titles, parties, names in sentences, legal texts, promises, the bus's own events."""
    whole = read(SECOND).decode()
    start = whole.index(f"\n{line}")
    data = whole[:start] + whole[start:].replace(f"en: {english}", f"en: {french}", 1)

    (found,) = found_in(data, "not_translated")

    assert found.facts == (named,)
    assert data.splitlines()[found.line - 1].startswith(line)


def test_a_basis_is_followed_through_its_successors_to_the_end_of_the_calendar() -> None:
    """The successor ends too, in 2029, and nothing comes after it: the clause has no basis left."""
    ends = edited(('    until: ""', "    until: 2029-06-30", "CPP2029"))
    circle = edited(*FAULTY["successor_circle"][1])

    (lost,) = found_in(ends, "basis_lost")

    assert (lost.grant, lost.facts) == ("R24", ("CPP2029-L3133-22", "2029-06-30"))
    assert [one.facts[0] for one in found_in(ends, "basis_ends")] == ["CPP-706-49"]
    assert {one.facts[0] for one in found_in(circle, "successor_circle")} == {
        "CPP-706-49", "CPP2029-L3133-22",
    }  # fmt: skip


def test_a_text_that_merely_leads_into_a_circle_is_not_one_of_it() -> None:
    """The finding names those who must be mended."""
    circle = edited(*FAULTY["successor_circle"][1])
    leads = circle.replace('until: ""', "until: 2027-01-01\n    successor: CPP-706-49", 1)

    assert len(found_in(leads, "successor_circle")) == 2


def test_the_days_of_the_law_are_computed_for_every_year() -> None:
    """Against known Easters, and the tables of both shipped versions."""
    easters = {1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23", 2024: "2024-03-31",
               2038: "2038-04-25", 2049: "2049-04-18", 2285: "2285-03-22"}  # fmt: skip

    assert {year: easter(year).isoformat() for year in easters} == easters
    for name in (SHIPPED, SECOND):
        table = load(read(name), name).calendar
        years = range(table.first.year, table.last.year + 1)
        assert table.holidays == {day for year in years for day in holidays(year)}
        assert set(table.offsets[1:]) == {one for year in years for one in clock_changes(year)}


@pytest.mark.parametrize(
    ("first", "second", "looser"),
    [
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 1d", False),  # other units
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 120min", True),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 90min", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:accepted|declined, within: 3h", True),
        ("act: ACK:accepted|declined, within: 2h", "act: ACK:accepted, within: 3h", False),
        ("act: ACK:received, within: 1wd", "act: ACK:accepted, within: 3wd", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, legal: true", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, start: transmission", False),
        ("act: ACK:accepted, within: 2h", "act: ACK:received, within: 3h, opened_by: ACK:started", False),
        ("act: R39:final, within: 1mo", "act: R39, within: 3mo", True),
        ("act: R39, within: 1mo", "act: R39:final, within: 3mo", False),
        ("act: R39, within: 1mo", "act: R39|R40, within: 3mo", True),
    ],
)  # fmt: skip
def test_a_duty_that_a_stricter_one_covers_adds_nothing(
    first: str, second: str, looser: bool
) -> None:
    """Whatever discharges the strict one in time discharges the loose one in time, or it stays."""
    parties = "debtor: recipient, creditor: issuer"
    legal = "{act: R39:final, debtor: recipient, creditor: issuer, within: 3mo, start: transmission, legal: true}"
    data = edited(
        (ACK, "".join(f"      - {{{one}, {parties}}}\n" for one in (first, second)), "R01"),
        (f"      - {legal}\n", "", "R01"),
    )

    assert bool(found_in(data, "duty_looser")) is looser


def test_a_measure_is_asked_for_in_vain_of_judges_alone() -> None:
    """Whoever else takes part may have none open."""
    both = JUDGED.replace("[JE]", "[JE, PJJ]")
    data = edited(("# The bus's own events", both + "# The bus's own events", ""))

    assert found_in(data, "condition_adds_nothing") == []


def test_every_code_of_lint_has_its_faulty_file() -> None:
    """A code that is not tried here is found by nobody when it breaks."""
    tried = {*FAULTY, *(code for code, _, _ in HOLLOW)}
    assert set(TEXTS) == tried | {"deadline_without_calendar", "never_answers", "role_unused"}


def test_every_refusal_of_the_loader_has_its_faulty_file() -> None:
    """Contradictions, shadowed permissions, replies that nobody may send and the rest."""
    folder = Path(contracts.convention.__file__).parent
    modules = (
        "load", "coherence", "alike", "owing", "duty", "reading", "yamlfile", "invariants", "selection",
    )  # fmt: skip
    source = "".join((folder / f"{name}.py").read_text() for name in modules)
    refusals = set(re.findall(r'(?:refuse|_refuse|ConventionError)\(\s*"([a-z_]+)"', source))
    refusals |= set(re.findall(r'refuse\(\s*(?:convention, )?grant, "([a-z_]+)"', source))
    refusals |= set(re.findall(r'"(unknown_[a-z]+|missing_[a-z]+)"', source))
    tests = "".join(one.read_text() for one in Path(__file__).parent.glob("test_*.py"))

    assert {one for one in refusals if f'"{one}"' not in tests} == set()
