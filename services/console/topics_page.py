"""The page of topics: copies as brokers describe them, and what is left, as readers count."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from services.console.facts import table
from services.operate.status import told
from services.operate.status.state import FederationState
from services.texts import Catalogue

_ = Catalogue(__name__)

NOT_TOLD: Final = "–"

_HEADS: Final = (
    _("topic"), _("partitions"), _("copies"), _("out of step"), _("without a leader"),
    _("left to read"), _("open transaction"),
)  # fmt: skip
_TITLE: Final = _("As brokers describe them and readers count")
_CAPTION: Final = _("no record is read")


def topics(now: FederationState | None, lang: str) -> list[dict[str, Any]]:
    """Of each topic its partitions and copies, what readers have left, what holds them up."""
    if now is None:
        return []
    left, held = _readers(now)
    rows = [
        [
            topic.name, str(topic.partitions), str(topic.copies), str(topic.behind),
            str(topic.leaderless), str(left.get(topic.name, NOT_TOLD)),
            told.ago(held.get(topic.name, 0), 0, lang) if held.get(topic.name) else NOT_TOLD,
        ]
        for topic in now.kafka.topics
    ]  # fmt: skip
    return [table(_TITLE, _CAPTION, _HEADS, rows, lang)]


def _readers(now: FederationState) -> tuple[Counter[str], dict[str, float]]:
    """What readers have left of a topic, and for how long an open transaction has held them up."""
    left: Counter[str] = Counter()
    held: dict[str, float] = {}
    for answer in now.answers:
        for labels, value in answer.samples.of("lag"):
            left[labels["topic"]] += int(value)
        for labels, value in answer.samples.of("open_transaction_seconds"):
            held[labels["topic"]] = max(held.get(labels["topic"], 0), value)
    return left, held
