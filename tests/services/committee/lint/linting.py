"""Small faulty files, one for each finding of lint."""

from __future__ import annotations

from typing import Final

from contracts.convention.load import load
from services.committee.lint.finding import Finding
from services.committee.lint.run import NOTE, PROBLEM, lint
from tests.contracts.convention.kit import Edit

CPP: Final = "  CPP2029-L3133-22:\n"
# code -> level, edits of the shipped file, and a word of the line that the finding names.
FAULTY: Final[dict[str, tuple[str, tuple[Edit, ...], str]]] = {
    "sentence_differs": (PROBLEM, (("Exclus : santé", "Santé", "R01"),), "id: R01"),
    "not_translated": (
        PROBLEM, (("en: child-concern alert", "en: information préoccupante", "R01"),), "id: R01",
    ),
    "scope_never_copied": (PROBLEM, ((", LOCATION]", "]", "R08"),), "issuers: [EDU-H]"),
    "reply_impossible": (PROBLEM, (("issuers: [EDU-S]", "issuers: [EDU-S, PJJ]", "R01"),),
    "id: R01"),
    "kept_too_long": (PROBLEM, (("keep: P7", "keep: P30", "R21"),), "id: R21"),
    "basis_lost": (PROBLEM, (("    successor: CPP2029-L3133-22\n", "", ""),), "id: R24"),
    "basis_ends": (NOTE, (), "id: R24"),
    "text_never_in_force": (
        PROBLEM, (('from: 2029-01-01\n    until: ""', "from: 2029-01-01\n    until: 2028-01-01",
                   ""),), CPP.strip(),
    ),
    "successor_too_late": (PROBLEM, (("from: 2029-01-01", "from: 2029-06-01", ""),), "CPP-706-49:"),
    "holiday_missing": (PROBLEM, (("2027: [01-01, 03-29,", "2027: [01-01, 01-02,", ""),),
    "calendar:"),
    "holiday_unknown": (NOTE, (("2027: [01-01, 03-29,", "2027: [01-01, 01-02,", ""),), "calendar:"),
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
        NOTE, (("\nscopes:\n", "  MAYOR: {fr: le maire, en: the mayor}\n\nscopes:\n", ""),),
        "MAYOR:",
    ),
    "never_answers": (NOTE, (), "  POL:"),
}  # fmt: skip


def found_in(data: str, code: str) -> list[Finding]:
    """The findings of one code in a file."""
    return [one for one in lint(load(data.encode(), "changed.yaml")) if one.code == code]


HOLLOW: Final = [  # code, text of the second version, what stands there instead
    ("promise_forbids_nothing", "only_if: {events: [EVALREP], conditions: [assigned]}",
     "only_if: {events: [EVALREP], conditions: []}"),
    ("promise_forbids_nothing", "at_most: {realms: [criminal], keep: P30}",
     "at_most: {realms: [criminal], keep: P90}"),
]  # fmt: skip
