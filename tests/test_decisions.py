"""DECISIONS.md: numbered, grouped, and every decision in the index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

TEXT: Final = (Path(__file__).parent.parent / "DECISIONS.md").read_text("utf-8")
INDEX, _, BODY = TEXT.partition("\n## 1. ")
DECIDED: Final = re.findall(r"^\*\*(\d+)\. (.+?)\.?\*\*", BODY, re.MULTILINE | re.DOTALL)


def test_numbers_are_given_once() -> None:
    """A number that was cited leads to the same decision for ever."""
    numbers = [number for number, _ in DECIDED]

    assert len(numbers) == len(set(numbers)) > 0


def test_every_paragraph_that_decides_has_a_number() -> None:
    """A new one takes the next."""
    bold = re.findall(r"^\*\*(?!\d+\. )[^*]+\*\*", BODY, re.MULTILINE)

    assert bold == []


def test_the_index_names_each_decision_in_its_group() -> None:
    """In the order in which they stand."""
    groups = dict(
        re.findall(r"^\*\*(\d+)\. .+?\.\*\* (.+?)(?=\n\n|\Z)", INDEX, re.MULTILINE | re.DOTALL)
    )

    for number, group in re.findall(
        r"(?:^|\n)(?:## )?(\d+)\. [^\n]+\n\n(.*?)(?=\n## |\Z)", "1. " + BODY, re.DOTALL
    ):
        own = re.findall(r"^\*\*(\d+)\. (.+?)\.?\*\*", group, re.MULTILINE | re.DOTALL)
        told = "\n· ".join(f"{one} {' '.join(title.split())}" for one, title in own)
        assert groups[number].strip() == told
    assert len(groups) == BODY.count("\n## ") + 1
