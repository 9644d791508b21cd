"""Asks witnesses for two histories that a log has signed, and believes its signatures alone.

A witness that was shown two roots of one size serves both notes (proof §5.2). It need not be
believed: the keys of the owners' policy verify what it serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import httpx

from contracts.encoding import parse_json
from contracts.errors import RelaisError
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint
from contracts.proof.note import b64
from contracts.proof.policy import TrustPolicy
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


async def _ask(client: httpx.AsyncClient, address: str) -> list[tuple[bytes, bytes]] | None:
    """The pairs of notes that a witness serves; None: it gave no answer of the form."""
    answer = bytearray()
    try:
        async with (
            asyncio.timeout(WAIT_S),
            client.stream("GET", f"{address.rstrip('/')}/contradictions") as response,
        ):
            response.raise_for_status()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER_BYTES:
                    return None
        items = parse_json(bytes(answer), limit=MAX_ANSWER_BYTES)["items"]
        return [(item["cosigned"].encode(), item["contradiction"].encode()) for item in items]
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, RelaisError):
        return None
    except (AttributeError, KeyError, TypeError, UnicodeError):  # other JSON than a witness's
        return None
