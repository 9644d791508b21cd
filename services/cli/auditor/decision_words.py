"""The verdict on each record as a row of a page: what was decided, by which clause, and whether that follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.log.replaying.finding import AuditFinding
from services.cli.auditor.finding_sentences import bus, sentence
from services.cli.auditor.proof_page.page import texts
from services.committee.texts.french import capital
from services.committee.texts.labels import reason_text
from services.platform.process.paris_time import when
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_ANSWERS: Final[Mapping[str, Text]] = {
    "released": _("let through"),
    "partly": _("let through in part"),
    "withheld": _("nothing let through"),
    "refused": _("refused as a whole"),
}
_JUDGED: Final[Mapping[str, Text]] = {
    "same": _("Decided again: the same."),
    "differs": _("Not what follows."),
    "erased": _("Cannot be decided again: erased by order {n}."),
    "undecidable": _("Cannot be decided again."),
}
_CLAUSES: Final = _("{answer}, clause {clauses}")
_PLACE: Final = _("{bus}, partition {partition}, record {index}")


def shown_row(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A row of the file of decisions (`services.audit.decision_rows`) in words."""
    place = {"partition": str(row["partition"]), "index": str(row["index"])}
    return {
        "event": row["event"],
        "where": capital(_PLACE.say(lang, bus=bus(row["realm"], lang), **place)),
        "at": when(row["at"], lang),
        "answer": capital(_answered(row, lang)),
        "reasons": [reason_text(code, lang) for code in row["reasons"]],
        "judged": _judged(row, lang),
        "is_fault": row["judgement"] in ("differs", "undecidable"),
    }


def _answered(row: Mapping[str, Any], lang: str) -> str:
    """Of an event what it was answered and by which clauses; of any other record what it is."""
    if not row["answer"]:
        words = texts(lang)
        return words.get(f"kind_{row['kind']}", words["kind_other"])
    answer = _ANSWERS[row["answer"]].say(lang)
    if not row["clauses"]:
        return answer
    return _CLAUSES.say(lang, answer=answer, clauses=", ".join(row["clauses"]))


def _judged(row: Mapping[str, Any], lang: str) -> str:
    told = _JUDGED[row["judgement"]].say(lang, n=str(row["order"]))
    if not row["code"]:
        return told
    return f"{told} {sentence(AuditFinding(row['partition'], row['index'], row['code']), lang)}"
