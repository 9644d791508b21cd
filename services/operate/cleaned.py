"""After how long Kafka may clean what an erasure overwrote: topics and services agree.

The environment says it (`RELAIS_CLEANED_S`), else the home, else it is a day: cleaning copies a
whole partition. What `relais up` has made is small, and says a minute.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from contracts.kafka.topic_plan import CLEANED_S
from services.platform.settings import TopicSettings, load

PLAY_S: Final = 60
LEAST_S: Final = 10


def cleaned_after(home: Path | None) -> int:
    """Seconds.

    Raises:
        UsageError: `cleaned_malformed`, `setting_wrong`.
    """
    told = load(TopicSettings)
    if "cleaned_s" in told.model_fields_set:
        return told.cleaned_s
    if home is None or not (file := _file(home)).exists():
        return CLEANED_S
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= LEAST_S):
        expected = f"seconds, at least {LEAST_S}"
        raise UsageError("cleaned_malformed", "another content", expected, str(file))
    return int(text[:9])


def choose_for_play(home: Path) -> None:
    """Let a home that says nothing say a minute."""
    if not (file := _file(home)).exists():
        file.write_text(f"{PLAY_S}\n", encoding="ascii")


def _file(home: Path) -> Path:
    return home / "cleaned"
