"""The published logs at the end: whole, cosigned by each witness, and mirrored by each agency."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import httpx

from contracts.errors import ProofError
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.witness import TWO_HISTORIES
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.agency.loops.log_check import CONTRADICTED, NOT_FOLLOWED, NOT_IN_LOG
from services.platform.keys.policy_file import read_policy
from services.platform.tree.log_mirror import logs_of
from services.platform.tree.tile_folder import CHECKPOINT
from tests.simulation.federation import Federation

ALARMS: Final = (NOT_IN_LOG, CONTRADICTED, NOT_FOLLOWED, TWO_HISTORIES)


async def not_followed(federation: Federation, limit_s: float) -> list[str]:
    """What is missing of it after all this time, and what agencies warn of."""
    found, until = ["not looked at"], federation.loop.time() + limit_s
    while found and federation.loop.time() < until:
        await asyncio.sleep(2)
        found = [*_heads(federation), *(await _warnings(federation))]
    return found


def _heads(federation: Federation) -> Iterator[str]:
    home, stores = federation.home, federation.home.path / "stores"
    for realm in REALMS:
        policy, log = read_policy(home.path, realm, home.owners), topics.decisions(realm)
        assert policy is not None
        for number, name in enumerate(logs_of(policy, realm)):
            try:
                note = (stores / "audit" / "log" / name / CHECKPOINT).read_bytes()
                cosigned = {one.witness for one in policy.verify(note).cosigned}
            except (FileNotFoundError, ProofError) as error:
                yield f"{name} is not published: {error}"
                continue
            head, records = read_checkpoint(note), federation.kafka.topics[log][number].records()
            if head.size != len(records):
                yield f"{name} shows {head.size} of {len(records)} records"
            if missing := sorted(policy.witnesses.keys() - cosigned):
                yield f"{name} at {head.size} is not cosigned by {missing}"
            for agency in sorted(federation.on(realm)):
                mirror = stores / agency / f"mirror-{agency}" / name / CHECKPOINT
                if not mirror.exists() or read_checkpoint(mirror.read_bytes()) != head:
                    yield f"{agency} has not mirrored {name} at {head.size}"


async def _warnings(federation: Federation) -> list[str]:
    found = []
    async with federation.http() as http:
        for agency, url in federation.urls().items():
            try:
                warnings = (await http.get(f"{url}/ready")).json()["warnings"]
            except httpx.HTTPError:
                warnings = [f"{NOT_FOLLOWED}: nobody answers"]
            found += [f"{agency}: {one}" for one in warnings if one.startswith(ALARMS)]
    return found
