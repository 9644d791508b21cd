"""Compares what a tested program answers with what a file of vectors expects.

What a tested issuer has published is checked as router, recipients and auditor check it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from contracts.encoding import segments, unb64u
from contracts.envelope.event import Published
from contracts.envelope.limits import MAX_SLIP, SLIP
from contracts.envelope.model import project
from contracts.envelope.part import open_part, read_part
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError, RelaisError
from contracts.keys.directory import SigningKey
from contracts.keys.jose import open_jws
from contracts.keys.keyring import MemoryKeyRing, load_directory, read_encryption_file
from contracts.keys.verification import read_public
from contracts.vocabulary.events import read_body

CLAIMS: Final = ("etype", "declared", "stage")
WITHIN_S: Final = 300  # of the step's own instant


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


class PublishedOutbox:
    """What was published so far of one vector, whose `given` says by what it is checked."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        keepers = {
            key["kid"]: SigningKey(key["kid"], key["alg"], key["owner"], public, 0, 2**40)
            for key in given["owners"]["directory"]
            for public in (read_public(key["alg"], key["x"], key.get("y")),)
        }
        readers = [read_encryption_file(orjson.dumps(row)) for row in given["readers"]]
        self._given, self._secret = given, unb64u(given["routing_secret"])
        self._directory = load_directory(given["directory"], keepers)
        self._ring = MemoryKeyRing({key.kid: private for key, private in readers})
        self._chain: dict[int, str] = {}
        self._drawn: set[str] = set()  # what must be drawn anew for each part or event

    def fault_of(self, record: Any, draft: Mapping[str, Any], at: int) -> str:
        """The code of the first thing that is wrong with a record; empty if nothing is."""
        try:
            self._take(record, draft, at)
        except RelaisError as error:
            return error.code
        except (KeyError, TypeError, ValueError, AttributeError):
            return "record_malformed"
        return ""

    def _take(self, said: Mapping[str, Any], draft: Mapping[str, Any], at: int) -> None:
        record = _inbound(said)
        settings = self._given["settings"]
        router = RouterContext(
            settings["realm"], self._directory, self._secret, settings["partitions"],
            lambda one: one == self._given["convd"], at + WITHIN_S,
        )  # fmt: skip
        published = verify_published(record, router)
        cover = published.event.cover.wire()
        asked = {"sub": draft["case"]} | {name: draft.get(name) for name in CLAIMS}
        for name, expected in asked.items():
            _demand(cover.get(name) == expected, "not_as_drafted", f"cover.{name}")
        _demand(_addressees(cover) == _addressees(draft), "not_as_drafted", "cover.to")
        _demand(abs(cover["iat"] - at) <= WITHIN_S, "not_at_its_time", "cover.iat")
        prev = self._chain.get(record.partition)
        _demand(cover.get("prev") == prev, "chain_broken", "cover.prev")
        self._chain[record.partition] = published.event.digest
        self._draw(cover["jti"], "cover.jti")
        self._check_slips(published)
        self._check_parts(published, draft, at)

    def _check_slips(self, published: Published) -> None:
        """Each verifies for its reader; the router has compared them with the cover."""
        for to in published.event.cover.to:
            slip, keys = published.slips[to.desk], self._directory.signing
            jws = open_jws(slip, SLIP, keys, at=None, place="slip", limit=MAX_SLIP)
            same = jws.claims == project(published.event.cover, to)
            _demand(same, "slip_not_projection", "slip")

    def _check_parts(self, published: Published, draft: Mapping[str, Any], at: int) -> None:
        bodies: dict[tuple[str, str], Any] = {}
        for token in published.parts.values():
            head, header = read_part(token, "part")
            content = open_part(token, header, self._ring, "part")
            same = all(content[name] == header[name] for name in ("evt", "iss", "cat"))
            _demand(same, "plaintext_differs", "part")
            read_body(draft["etype"], head.cat, content["body"])
            bodies[head.aud, head.cat] = content["body"]
            for drawn in (content["salt"], header["x"], segments(token, 5, "part")[2]):
                self._draw(drawn, "part")
        wanted = {
            (to["desk"], scope): body
            for to in draft["to"]
            for scope, body in to.get("bodies", {}).items()
        }
        _demand(bodies == wanted, "not_as_drafted", "parts")
        kept = {to["desk"]: to.get("retention", "") for to in draft["to"]}
        for head in published.event.heads:
            newest = self._directory.sealing_key(head.aud, kept[head.aud], at)
            _demand(head.kid == newest.kid, "not_the_newest_key", "part.kid")

    def _draw(self, text: str, place: str) -> None:
        _demand(text not in self._drawn, "drawn_twice", place)
        self._drawn.add(text)


def _addressees(event: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [(to["desk"], to.get("purpose"), to.get("re")) for to in event["to"]]


def _inbound(said: Mapping[str, Any]) -> Inbound:
    """A record as it was written down: text, and headers in pairs."""
    headers = tuple((str(name), str(text).encode()) for name, text in said["headers"])
    key, value = str(said["key"]).encode(), str(said["value"]).encode()
    return Inbound(str(said["topic"]), int(said["partition"]), 0, key, value, headers, 0)


def _demand(holds: bool, code: str, place: str) -> None:
    if not holds:
        raise EnvelopeError(code, "another", "what was asked for", place)
