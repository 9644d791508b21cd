"""Four changes as somebody would make them: file → (text that stands there, what comes before it).

They are applied to a copy of the source, whole and with one file forgotten. A file that is not there
yet is given whole. CONTRIBUTING.md names the same files.
"""

from __future__ import annotations

from typing import Final

Edits = dict[str, list[tuple[str, str]]]

LABELS: Final = "services/labels/code_labels.py"
WORDS: Final = "services/agency/office/inbox/arrival_words.py"
SCOPES: Final = "contracts/vocabulary/scopes.py"

CATEGORY: Final[Edits] = {
    SCOPES: [
        ('    "CODE.questions": EXTRA,\n', '    "LEISURE": BASE,\n    "LEISURE.club": NARROW,\n')
    ],
    "contracts/vocabulary/categories.py": [
        (
            "BODIES: Final",
            (
                'class LeisureClub(Body):\n    """LEISURE.club: where the minor is known."""\n\n'
                "    club: Line\n\n\n"
                'class Leisure(Body):\n    """LEISURE: what the minor does besides school."""\n\n'
                "    summary: Summary\n\n\n"
            ),
        ),
        (
            '    "CODE.questions": Questions,\n',
            '    "LEISURE": Leisure,\n    "LEISURE.club": LeisureClub,\n',
        ),
    ],
    LABELS: [
        (
            '    "LOCATION": ',
            '    "LEISURE": _("leisure"),\n    "LEISURE.club": _("club"),\n',
        )
    ],
    WORDS: [('    "CODE.questions": ', '    "LEISURE": "leisure",\n    "LEISURE.club": "club",\n')],
}

EVENT_TYPE: Final[Edits] = {
    SCOPES: [
        ('    "FEEDBACK", "COORD", "STAT",', '    "VISIT",\n'),
        ('    "decisions", "observe", "steer",', '    "visit",\n'),
    ],
    "contracts/vocabulary/events/visit.py": [
        (
            "",
            (
                '"""VISIT: a visit at home that is announced."""\n\n'
                "from __future__ import annotations\n\n"
                "from typing import ClassVar\n\n"
                "from contracts.vocabulary.categories import Location\n"
                "from contracts.vocabulary.events.act import Act, carries\n\n\n"
                'class Visit(Act):\n    """Where the visit is."""\n\n'
                '    etype: ClassVar[str] = "VISIT"\n\n'
                '    place: Location | None = carries("LOCATION")\n'
            ),
        )
    ],
    "contracts/vocabulary/events/__init__.py": [
        (
            "from contracts.vocabulary.schema_faults",
            "from contracts.vocabulary.events.visit import Visit\n",
        ),
        ("        MeasureOrder, Missing,", "        Visit,\n"),
    ],
    LABELS: [
        ('    "COORD": ', '    "VISIT": _("home visit"),\n'),
        ('    "observe": ', '    "visit": _("visit"),\n'),
    ],
    WORDS: [('    "COORD": ', '    "VISIT": _("Home visit"),\n')],
}

CONDITION: Final[Edits] = {
    "contracts/vocabulary/conditions.py": [
        ('    "informed", "secrecy",', '    "school_told",\n'),
        (
            "    reasons.NO_OPEN_MEASURE: ",
            '    reasons.SCHOOL_NOT_TOLD: ("school_told", "true"),\n',
        ),
        ("    measure_open: bool | None = None\n", "    school_told: bool | None = None\n"),
    ],
    "contracts/vocabulary/reasons.py": [
        ("NO_PARTS: Final", 'SCHOOL_NOT_TOLD: Final = "school_not_told"\n')
    ],
    "contracts/decision/conditions.py": [
        (
            "def _own_st(",
            (
                "def _school_told(asked: ConditionInputs) -> str | None:\n"
                "    return None if asked.declared.school_told else reasons.SCHOOL_NOT_TOLD\n\n\n"
            ),
        ),
        ('    "informed": _informed,\n', '    "school_told": _school_told,\n'),
    ],
    LABELS: [
        (
            '    "parents_agree": ',
            '    "school_told": _("the school has been told"),\n',
        ),
        (
            '    "no_open_measure": ',
            '    "school_not_told": _("the school was not told"),\n',
        ),
    ],
    "services/partner/records.py": [
        (
            '    parents_agree: Annotated[bool | None, Says("parents_agree")] = None\n',
            '    school_told: Annotated[bool | None, Says("school_told")] = None\n',
        )
    ],
}

RECEIPT_CLAIM: Final[Edits] = {
    "contracts/envelope/model.py": [("    arrived: Instant | None = None\n", "    urgent: bool\n")],
    "contracts/log/routing/settle.py": [
        (
            "        post.receipt(outcome.desk, slips[outcome.desk], parts, clauses=clauses, due=due_here)",
            (
                "        urgent = outcome.grant.startswith('R12')\n"
                "        post.receipt(outcome.desk, slips[outcome.desk], parts, clauses=clauses, due=due_here,\n"
                "                     urgent=urgent)\n"
            ),
        )
    ],
    "services/agency/office/inbox/opened.py": [
        ('        "receipt": receipt["dec"],', '        "urgent": receipt["urgent"],\n')
    ],
    "services/agency/office/responses/inbox.py": [
        ("    title: Title | None = None\n", "    urgent: bool | None = None\n")
    ],
}

CHANGES: Final[dict[str, tuple[Edits, int]]] = {  # and how many files it may touch
    "a category": (CATEGORY, 5),
    "an event type": (EVENT_TYPE, 6),
    "a condition": (CONDITION, 5),
    "a claim of the receipt": (RECEIPT_CLAIM, 4),
}
