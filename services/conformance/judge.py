"""Compares what a tested program answers with what a file of vectors expects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from services.conformance.published import PublishedOutbox


class Failure(NamedTuple):
    """A vector that the program has failed, and what was wrong with its first bad step."""

    vector: str
    section: str
    fault: str


def failures(file: Mapping[str, Any], answers: bytes) -> Iterator[Failure]:
    """The vectors of a file that a program has failed by what it printed, a line a step."""
    said: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in answers.splitlines():
        try:
            answer = orjson.loads(line)
            said[answer["vector"]].append(answer)
        except (orjson.JSONDecodeError, TypeError, KeyError):
            continue  # what is no answer leaves its step without one
    for vector in file["vectors"]:
        fault = _fault(vector, file["given"] | vector.get("given", {}), said[vector["name"]])
        if fault:
            yield Failure(vector["name"], vector["section"], fault)


def _fault(vector: Mapping[str, Any], given: Mapping[str, Any], said: list[dict[str, Any]]) -> str:
    if len(said) != len(vector["steps"]):
        return f"{len(said)} answers, {len(vector['steps'])} steps"
    outbox = None
    for step, answer in zip(vector["steps"], said, strict=True):
        fault = fault_of(step["expected"], answer)
        if not fault and "draft" in step and answer["accepted"]:
            outbox = outbox or PublishedOutbox(given)
            code = outbox.fault_of(answer.get("record"), step["draft"], step["at"])
            fault = code and f"published, and does not verify: {code}"
        if fault:
            return fault
    return ""


def fault_of(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """What is wrong with the answer to a step; empty if nothing is."""
    accepted, reasons = answer.get("accepted"), expected.get("reasons", ())
    reason = str(answer.get("reason") or answer.get("alarm") or "")[:200]
    if accepted not in (True, False):
        return "no answer"
    if expected["accepted"] is True and not accepted:
        return f"refused, though it must be taken ({reason})"
    if expected["accepted"] is False and accepted:
        return "taken, though it must be refused"
    if reasons and reason not in reasons:
        return f"for another reason ({reason})"
    if set(answer.get("withdrawn") or ()) != set(expected.get("withdrawn", ())):
        return "taken, and not obeyed"
    return ""
