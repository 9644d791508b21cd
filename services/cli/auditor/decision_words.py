"""The verdict on each record as a row of a page: what was decided, by which clause, and whether that follows."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

from contracts.log.replaying.finding import AuditFinding
from services.cli.auditor.finding_sentences import bus, sentence
from services.committee.texts.french import capital
from services.committee.texts.labels import reason_text
from services.platform.process.paris_time import when
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

LOG_READ: Final = "log_read"  # code of the remark on an auditor's announcement

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
_KINDS: Final[Mapping[str, Text]] = {
    "genesis": _("The log of this partition begins."),
    "adopted": _("An order of the owners was adopted (convention or directory)."),
    "layout": _("An order changed how partitions are shared out."),
    "decided": _("An event was decided: let through in whole or in part, or refused."),
    "duplicate": _("The same event came a second time."),
    "quarantined": _("Something that was no well-formed event was laid aside."),
    "overdue": _("A duty fell due, unmet."),
    "renewed": _("An open duty was told again."),
    "released": _("What had been laid aside was let go on."),
    "discarded": _("What had been laid aside was discarded."),
}
_ANOTHER: Final = _("something that this page has no word for")
_ANNOUNCED: Final = _(
    "an auditor’s announcement that the log would be read: kept in the log, sent to nobody"
)
_CLAUSES: Final = _("{answer}, clause {clauses}")
_PLACE: Final = _("{bus}, partition {partition}, record {index}")


def shown_row(row: Mapping[str, Any], lang: str, announced: Container[str] = ()) -> dict[str, Any]:
    """A row of the file of decisions (`services.audit.decision_rows`) in words.

    Args:
        announced: events by which an auditor said that the log would be read.
    """
    place = {"partition": str(row["partition"]), "index": str(row["index"])}
    return {
        "event": row["event"],
        "where": capital(_PLACE.say(lang, bus=bus(row["realm"], lang), **place)),
        "at": when(row["at"], lang),
        "answer": capital(
            _ANNOUNCED.say(lang) if row["event"] in announced else _answered(row, lang)
        ),
        "reasons": [reason_text(code, lang) for code in row["reasons"]],
        "judged": _judged(row, lang),
        "is_fault": row["judgement"] in ("differs", "undecidable"),
    }


def _answered(row: Mapping[str, Any], lang: str) -> str:
    """Of an event what it was answered and by which clauses; of any other record what it is."""
    if not row["answer"]:
        return _KINDS.get(row["kind"], _ANOTHER).say(lang)
    answer = _ANSWERS[row["answer"]].say(lang)
    if not row["clauses"]:
        return answer
    return _CLAUSES.say(lang, answer=answer, clauses=", ".join(row["clauses"]))


def _judged(row: Mapping[str, Any], lang: str) -> str:
    told = _JUDGED[row["judgement"]].say(lang, n=str(row["order"]))
    if not row["code"]:
        return told
    return f"{told} {sentence(AuditFinding(row['partition'], row['index'], row['code']), lang)}"
