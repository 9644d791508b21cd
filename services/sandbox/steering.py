"""What a record's own reference asks of the sandbox: `sandbox:WORD[=VALUE] … [# anything]`.

So tested software needs no interface of its own to be led elsewhere. Nothing outside this package
reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.vocabulary.reasons import REASONS
from services.platform.http.problems import ProblemError

PREFIX: Final = "sandbox:"
REST: Final = "#"  # what follows it says nothing, and makes another case of it
REFUSE: Final = "refuse"  # the one word with a value: a reason of the convention
_NEXT: Final = f"Take words of `GET /sandbox`; several at once: `{PREFIX}withdraw corrupt`."

WORDS: Final[Mapping[str, str]] = {
    "late": "whoever gets it acknowledges an hour late, in days: move the clock",
    REFUSE: "the bus refuses the event for this reason",
    "withdraw": "what comes to you in the case is taken back a second later",
    "twice": "what the bus sends you in the case comes twice",
    "corrupt": "what others send you in the case does not verify",
}

Steering = Mapping[str, str]  # word -> value, empty for a word without one


def steering_of(reference: object) -> Steering | None:
    """What a reference asks for; None if it is none of ours.

    Raises:
        ProblemError: 422 `code_unknown`: a word or value that is not in the table.
    """
    if not isinstance(reference, str) or not reference.startswith(PREFIX):
        return None
    words: dict[str, str] = {}
    for written in reference.removeprefix(PREFIX).partition(REST)[0].split():
        name, _equals, value = written.partition("=")
        if name not in WORDS or value not in (REASONS if name == REFUSE else ("",)):
            expected = f"{' or '.join(WORDS)}; `GET /sandbox` has the reasons of {REFUSE}"
            raise ProblemError(
                422, "code_unknown", "another word", expected, "reference", more={"next": _NEXT}
            )
        words[name] = value
    return words


def words() -> dict[str, Any]:
    """The table of references, for machines and people."""
    rows = [
        {"word": name, "means": text} | ({"values": sorted(REASONS)} if name == REFUSE else {})
        for name, text in WORDS.items()
    ]
    return {"reference": f"{PREFIX}WORD[=VALUE] ... [{REST} anything]", "words": rows}
