"""The file of faults (`--faults FILE`): which records that say nothing themselves are steered, and how.

    - {steer: delay=5 duplicate, every: 3}
    - {steer: problem=busy, desk: edu-s, kind: information_preoccupante}

The first rule that fits a record steers it; `every: 3` is each third that fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from contracts.errors import UsageError
from contracts.vocabulary.schema import Closed
from services.agency.office.requests.desk_request import DeskRequest
from services.platform.http.problems import ProblemError
from services.sandbox.steering import Steering, read_words


class FaultRule(Closed):
    """Which records a rule steers.

    Attributes:
        steer: words as a reference has them.
        every: of the records that fit, each which one.
        kind, desk: that alone; empty: any.
    """

    steer: str
    every: Annotated[int, Field(ge=1)] = 1
    kind: str = ""
    desk: str = ""


_FILE: Final = TypeAdapter(tuple[FaultRule, ...])


class FaultRules:
    """The rules of a file, and how many records each has seen."""

    def __init__(self, rules: Sequence[FaultRule] = ()) -> None:
        self._rules = [(rule, read_words(rule.steer)) for rule in rules]
        self._seen = [0 for _rule in rules]

    def steering(self, request: DeskRequest) -> Steering | None:
        """What befalls a record; None if no rule fits."""
        for number, (rule, steering) in enumerate(self._rules):
            if rule.kind in ("", request.body.get("kind")) and rule.desk in ("", request.desk):
                self._seen[number] += 1
                if self._seen[number] % rule.every == 0:
                    return steering
        return None


def read_faults(path: Path | None) -> FaultRules:
    """The rules of a file, none without one.

    Raises:
        UsageError: `faults_malformed`: what it says is in no table, or it cannot be read.
    """
    if path is None:
        return FaultRules()
    import yaml

    try:
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        return FaultRules(_FILE.validate_python(rules, strict=False))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError):
        expected = "a list of steer, every, kind and desk"
        raise UsageError("faults_malformed", "another content", expected, str(path)) from None
    except ProblemError as problem:
        raise UsageError("faults_malformed", problem.got, problem.expected, str(path)) from None
