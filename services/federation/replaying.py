"""The auditor's verdict over a running federation, as a story shows it."""

from __future__ import annotations

from typing import Any

from aiokafka import TopicPartition

from contracts import topics
from contracts.log.replay import Finding, Replayer
from contracts.scopes import REALMS
from services.federation.launch import Federation
from services.shell.clock import FileClock
from services.shell.control import Control
from services.shell.reader import LogReader


async def auditor(federation: Federation) -> dict[str, Any]:
    """Replay both realms without any decryption key: `clean`, `records`, `findings`."""
    findings: list[dict[str, Any]] = []
    records = 0
    for realm in REALMS:
        control = Control(federation.bootstrap, realm, federation.home.owners)
        try:
            await control.start()
            for replayer, found in await _replay(federation, realm, control):
                records += replayer.tally.records
                findings += [
                    {"realm": realm, "code": one.code, "detail": one.detail, "alarm": one.alarm}
                    for one in found
                ]
        finally:
            await control.stop()
    clean = not any(finding["alarm"] for finding in findings)
    return {"clean": clean, "records": records, "findings": findings}


async def _replay(
    federation: Federation, realm: str, control: Control
) -> list[tuple[Replayer, list[Finding]]]:
    numbers = range(topics.PARTITIONS)
    replayers = [Replayer(realm, number, control.registry) for number in numbers]
    found: list[list[Finding]] = [[] for _ in numbers]
    async with LogReader(federation.bootstrap) as reader:
        evidence: dict[str, bytes | None] = {}
        async for batch in reader.read(_from_the_beginning(topics.evidence(realm))):
            evidence |= {(one.key or b"").decode(): one.value for one in batch}
        async for batch in reader.read(_from_the_beginning(topics.decisions(realm))):
            for one in batch:
                proof = evidence.get((one.key or b"").decode())
                found[one.partition] += replayers[one.partition].step(one.value, one.headers, proof)
    now = FileClock(federation.home.clock).now()
    for number in numbers:
        found[number] += replayers[number].finish(now)
    return list(zip(replayers, found, strict=True))


def _from_the_beginning(topic: str) -> dict[TopicPartition, int | None]:
    return {TopicPartition(topic, number): None for number in range(topics.PARTITIONS)}
