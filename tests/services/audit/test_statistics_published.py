"""Which records of a reader's topic are publications: by the key of their time, the first of each month."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Self

import orjson
import pytest

from contracts.envelope.cloudevent import headers
from contracts.envelope.publication import publication, written
from contracts.envelope.wire import Inbound
from contracts.keys import keyring
from contracts.keys.directory import Directory
from contracts.keys.keyring import Ed25519Signer
from contracts.vocabulary.figures import Counts
from contracts.vocabulary.schema import desk_urn
from services.audit import publishing
from tests.contracts.convention.kit import convention
from tests.contracts.envelope import kit
from tests.contracts.vocabulary.figures import figures

OLD = kit.signer(desk_urn("civil", "auditor"), "auditor-sig-1")
NEW = kit.signer(desk_urn("civil", "auditor"), "auditor-sig-2")
REPLACED = kit.NOW  # when the new directory came into force


def directory(signer: Ed25519Signer, version: int) -> Directory:
    """One that names the auditor with this key alone."""
    here = kit.realm("civil")
    payload: dict[str, Any] = copy.deepcopy(here.payload) | {"version": version}
    label = {"fr": "Auditeur", "en": "Auditor"}
    row = keyring.desk_entry(
        signer.owner, "AUDIT", True, label, [kit.signing_row(signer)], agency="audit"
    )
    payload["desks"].append(row)
    return keyring.load_directory(keyring.sign_directory(payload, here.keeper), here.keepers)


BEFORE, AFTER = directory(OLD, 7), directory(NEW, 8)


def record(signer: Ed25519Signer, at: int, period: str, count: int = 10) -> Inbound:
    """A month, signed at an instant."""
    body = orjson.dumps(figures(count=count) | {"period": period})
    claims = publication(
        Counts.model_validate_json(body), signer=signer, realm="civil", reader="ODPE",
        purpose="observe", clause="R44", at_ms=at * 1000, random=kit.Seeded(f"{at}{period}"),
    )  # fmt: skip
    return Inbound("statistics", 0, 0, None, written(claims, signer), tuple(headers()), at * 1000)


def published(monkeypatch: pytest.MonkeyPatch, *records: Inbound) -> dict[str, int | None]:
    """What counts of a topic: the first cell of each month."""

    class Log:
        def __init__(self, *_given: Any, **_more: Any) -> None: ...
        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_given: object) -> None: ...
        async def read(self, _places: Any) -> AsyncIterator[list[Inbound]]:
            yield list(records)

    monkeypatch.setattr(publishing, "LogReader", Log)
    registry: Any = SimpleNamespace(
        realm="civil",
        directories={each.digest: each for each in (BEFORE, AFTER)},
        conventions={"c": convention()},
        in_force=lambda at: ("c", (BEFORE if at < REPLACED else AFTER).digest),
    )
    auditor: Any = SimpleNamespace(bootstrap="nowhere", client={})
    months = asyncio.run(publishing.published(auditor, registry, "ODPE"))
    return {month: each.counts.cells[0].count for month, each in months.items()}


def test_what_a_key_signed_while_it_stood_counts_after_it_was_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else every month would be published again; the first of a month stays."""
    old, new = record(OLD, REPLACED - 9, "2026-01"), record(NEW, REPLACED + 9, "2026-02")
    again = record(NEW, REPLACED + 99, "2026-01", count=90)

    assert published(monkeypatch, old, new, again) == {"2026-01": 10, "2026-02": 10}


def test_a_key_that_was_replaced_publishes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it by an earlier date: a month that had not ended then is none."""
    late = record(OLD, REPLACED + 9, "2026-01")
    backdated = record(OLD, REPLACED - 9, "2029-01")
    early = record(NEW, REPLACED - 9, "2026-01")

    assert published(monkeypatch, late, backdated, early) == {}
