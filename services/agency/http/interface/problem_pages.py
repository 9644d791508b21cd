"""`/problems` and `/problems/<code>`: each code of a refusal in words, French or English; works offline, needs no token.

One catalogue: codes of problem documents, and the convention's reasons that answers and notices name. A code
may be both (`not_delivered`): its page says both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.labels.code_labels import REASON_TEXTS
from services.labels.problem_texts import PROBLEM_TEXTS, At
from services.labels.reason_advice import REASON_ADVICE
from services.pages import render
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_AT: Final[dict[At, Text]] = {
    "issuer": _("whoever sent it (`issuer`)"),
    "router": _("the bus and who operates it (`router`)"),
    "recipient": _("the desk that it is for (`recipient`)"),
}
_PROBLEM: Final = _("refusal of a request")
_REASON: Final = _("reason of the convention")


@dataclass(frozen=True, slots=True)
class ExplainedCode:
    """A code in one of its two uses, in the reader's language."""

    code: str
    use: str
    at: str
    meaning: str
    next: str


def explained(lang: str, asked: str = "") -> list[ExplainedCode]:
    """Every use of every code, or of one; none of a code that there is not.

    Args:
        asked: a code; empty: all.
    """
    return [one for one in _all(lang) if asked in ("", one.code)]


def page(lang: str, shown: list[ExplainedCode], asked: str = "") -> str:
    """The page of one code, or of all."""
    return render(
        "services.agency", "http/interface/problem_page.html", lang, shown=shown, asked=asked
    )


def _all(lang: str) -> Iterator[ExplainedCode]:
    for code, text in sorted(PROBLEM_TEXTS.items()):
        meaning, following = text.meaning.say(lang), text.next.say(lang)
        yield ExplainedCode(code, _PROBLEM.say(lang), _AT[text.at].say(lang), meaning, following)
    for code, advice in sorted(REASON_ADVICE.items()):
        meaning = f"{REASON_TEXTS[code].say(lang)}."
        use, at = _REASON.say(lang), _AT[advice.at].say(lang)
        yield ExplainedCode(code, use, at, meaning, advice.next.say(lang))
