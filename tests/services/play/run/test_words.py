"""What `relais up` says of a program that ended: the code, and what it means."""

from __future__ import annotations

import pytest

from services.platform.process.exit_codes import REPLACED, WRONG_USE
from services.play.run import words


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "exit code 6 (as ordered: another layout is in force)"),
        ("fr", "sur ordre\u00a0: une autre répartition est en vigueur"),
    ],
)
def test_a_shard_that_ends_as_ordered_is_not_called_wrong_use(lang: str, said: str) -> None:
    """Its owners gave its partitions to another layout: it ended as planned."""
    assert said in words.why(REPLACED).say(lang)
    assert "wrong use" not in words.why(REPLACED).say("en")
    assert "wrong use" in words.why(WRONG_USE).say("en")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_warning_is_told_in_words_with_its_code(lang: str) -> None:
    """Of a service; an auditor's findings keep their codes, which docs/how-to explains."""
    said = words.warns("second_writer").say(lang)

    assert said.endswith("(second_writer)")
    assert len(said.split()) > 6
    assert len(words.warns("checkpoint_unwitnessed_civil").say(lang).split()) > 6
    assert words.warns("record_malformed").say("en") == "warns: record_malformed"
