"""Asks witnesses what a log has signed, two histories or a longer one; believes its signatures.

A witness that was shown two roots of one size serves both notes (proof §5.2). It need not be
believed: the keys of the owners' policy verify what it serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import httpx

from contracts.encoding import parse_json, sha256
from contracts.errors import ProofError, RelaisError
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import b64
from contracts.proof.policy import NONE, TrustPolicy
from contracts.proof.witness import TWO_HISTORIES, contradiction
from services.platform.ports import http_transport

WAIT_S: Final = 5.0  # for all of a witness's answer
MAX_ANSWER_BYTES: Final = 4 << 20  # of all logs that it knows


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two heads of one log and one size with two roots, and the witness that serves them."""

    witness: str
    first: Checkpoint
    second: Checkpoint

    def finding(self) -> AuditFinding:
        """The alarm that an auditor raises of it, of the log's partition and no record."""
        head = self.first
        number = head.origin.rpartition("-")[2]
        partition = int(number) if number.isdecimal() else -1
        roots = f"{b64(head.root)} and {b64(self.second.root)}"
        witness = self.witness.encode("utf-8", "backslashreplace").decode()
        detail = f"{head.origin}, {head.size} records: {roots}; served by {witness}"
        return AuditFinding(partition, -1, TWO_HISTORIES, detail)


class WitnessAnswers(NamedTuple):
    """What a policy's witnesses answered, and the names of those that did not."""

    found: list[Contradiction]
    silent: list[str]


async def ask_witnesses(policy: TrustPolicy, addresses: Mapping[str, str]) -> WitnessAnswers:
    """Ask every witness of a policy at once for contradictions of its logs.

    Args:
        addresses: witness of the policy → where it takes requests, `http://HOST:PORT/witness`.
    """
    answers = WitnessAnswers([], [])
    async with httpx.AsyncClient(trust_env=False, transport=http_transport()) as client:
        asked = [_ask(client, addresses.get(name, "")) for name in policy.witnesses]
        told = await asyncio.gather(*asked)
    for name, notes in zip(policy.witnesses, told, strict=True):
        if notes is None:
            answers.silent.append(name)
            continue
        heads = (contradiction(*pair, policy.logs) for pair in notes)
        shown = (Contradiction(name, *pair) for pair in heads if pair is not None)
        answers.found.extend(dict.fromkeys(shown))  # one of a witness's answer, however often
    return answers


async def longest_heads(
    policy: TrustPolicy, addresses: Mapping[str, str]
) -> dict[str, tuple[int, str]]:
    """Origin of each log -> the most records that it signed a checkpoint of, and who serves that.

    Args:
        addresses: as `ask_witnesses` has them.
    """
    origins = sorted({key.name for key in policy.logs})
    names = [name for name in policy.witnesses if name in addresses]
    paths = [f"/{sha256(origin.encode()).hex()}/checkpoint" for origin in origins]
    async with httpx.AsyncClient(trust_env=False, transport=http_transport()) as client:
        asked = [_get(client, addresses[name], path) for name in names for path in paths]
        notes = await asyncio.gather(*asked)
    whoever, heads = replace(policy, quorum=NONE), dict[str, tuple[int, str]]()
    for at, note in enumerate(notes):
        try:
            head = whoever.verify(note or b"").checkpoint
        except ProofError:  # none yet, or no log's: it says nothing
            continue
        told = head.size, names[at // len(paths)]
        heads[head.origin] = max(heads.get(head.origin, told), told)
    return heads


async def _ask(client: httpx.AsyncClient, address: str) -> list[tuple[bytes, bytes]] | None:
    """The pairs of notes that a witness serves; None: it gave no answer of the form."""
    answer = await _get(client, address, "/contradictions")
    try:
        items = parse_json(answer or b"", limit=MAX_ANSWER_BYTES)["items"]
        return [(item["cosigned"].encode(), item["contradiction"].encode()) for item in items]
    except (RelaisError, AttributeError, KeyError, TypeError, UnicodeError):  # another JSON
        return None


async def _get(client: httpx.AsyncClient, address: str, path: str) -> bytes | None:
    """What a witness answers; None: nothing, or too much."""
    answer = bytearray()
    try:
        async with (
            asyncio.timeout(WAIT_S),
            client.stream("GET", f"{address.rstrip('/')}{path}") as response,
        ):
            response.raise_for_status()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER_BYTES:
                    return None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        return None
    return bytes(answer)
