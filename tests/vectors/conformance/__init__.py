"""Vectors by which somebody's own recipient or issuer is tried, made of tables of cases.

`python -m tests.vectors.conformance` writes them anew. All keys follow from one seed and protect
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import orjson

from contracts.encoding import b64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.keyring import signing_file
from contracts.keys.sealing_kinds import coordinates
from contracts.keys.verification import jwk_kind
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope.kit import claims_of
from tests.vectors.conformance import issuer
from tests.vectors.conformance.federation import (
    FED,
    ISSUER,
    KEPT,
    REALM,
    TESTED,
    draws,
    signing_private,
    urn,
)
from tests.vectors.conformance.issuer import ROUTING_SECRET, DraftBench, IssuerTask
from tests.vectors.conformance.recipient import parts, records, tokens
from tests.vectors.conformance.workbench import AGENCY, Case, Workbench, wire
from tests.vectors.specification import FOLDER, text
from tests.vectors.specification.federation import AT, CONVD

__all__ = ["FOLDER", "files", "text"]

READ_S: Final = 60  # after it was routed
RECIPIENT: Final = {  # name of a file -> its cases, step by step of envelope §8
    "sound": records.SOUND,
    "shells": records.SHELLS,
    "headers": tokens.HEADERS,
    "tokens": tokens.TOKENS,
    "agreement": tokens.AGREEMENT,
    "parts": parts.PARTS,
    "sealed": parts.SEALED,
    "order": records.ORDER,
    "notices": records.NOTICES,
}


@cache
def files() -> dict[str, dict[str, Any]]:
    """Name of a file below `FOLDER` -> what it holds."""
    desk, publisher = _desk(), _issuer()
    return {
        f"recipient/{name}.json": {"given": desk, "vectors": list(map(_received, cases))}
        for name, cases in RECIPIENT.items()
    } | {
        f"issuer/{name}.json": {"given": publisher, "vectors": list(map(_drafted, cases))}
        for name, cases in issuer.TABLES.items()
    }


def _vector(
    case: Case, given: dict[str, Any], steps: list[dict[str, Any]], last: dict[str, Any]
) -> dict[str, Any]:
    """A case, each of whose steps is taken but for the last, of which `last` is expected."""
    expected = [*[{"accepted": True}] * (len(steps) - 1), last]
    steps = [step | {"expected": one} for step, one in zip(steps, expected, strict=True)]
    head = {"name": case.name, "title": case.title, "section": case.section}
    return head | ({"given": given} if given else {}) | {"steps": steps}


def _received(case: Case) -> dict[str, Any]:
    records: Sequence[Inbound] = case.make(Workbench(case.name))
    last: dict[str, Any] = {"accepted": True}
    if case.reasons:
        last = {"accepted": None if case.noticed else False, "reasons": sorted(case.reasons)}
    if case.withdraws:
        first = orjson.loads(records[0].value or b"")
        last["withdrawn"] = [claims_of(first["data"]["slip"])["jti"]]
    return _vector(case, {}, [{"at": _read_at(one), "record": wire(one)} for one in records], last)


def _read_at(record: Inbound) -> int:
    """A minute after the router's own instant, as far as it can be read."""
    try:
        data = orjson.loads(record.value or b"")["data"]
        routed = claims_of(data.get("receipt") or data["notice"])["iat"]
    except (orjson.JSONDecodeError, RelaisError, KeyError):
        routed = AT
    return int(max(AT, routed)) + READ_S


def _drafted(case: Case) -> dict[str, Any]:
    task: IssuerTask = case.make(DraftBench(draws("draft", case.name)))
    instants = task.after or (0,) * len(task.drafts)
    steps = [
        {"at": AT + after, "draft": draft}
        for after, draft in zip(instants, task.drafts, strict=True)
    ]
    given = {"directory": task.token} if task.token else {}
    return _vector(case, given, steps, {"accepted": not case.reasons})


def _desk() -> dict[str, Any]:
    """What the tested recipient has."""
    return {
        "settings": {"desk": urn(TESTED), "realm": REALM, "agency": AGENCY},
        "keys": FED.key_files(KEPT), **_public(),
    }  # fmt: skip


def _issuer() -> dict[str, Any]:
    """What the tested issuer has, and what its readers open with."""
    kid, desk = f"{ISSUER}-sig-2", urn(ISSUER)
    own = signing_file(signing_private(desk, kid), FED.directory.signing[kid])
    settings = {"desk": desk, "realm": REALM, "agency": "education", "partitions": PARTITIONS}
    return {
        "settings": settings, "keys": [orjson.loads(own)], "convd": CONVD,
        "routing_secret": b64u(ROUTING_SECRET), **_public(),
        "readers": FED.key_files(*FED.private),
    }  # fmt: skip


def _public() -> dict[str, Any]:
    """What both have of the federation: the directory, and its keeper's key (RFC 8037)."""
    keeper = FED.keeper
    pinned = {
        "kid": keeper.kid, "alg": keeper.alg, "owner": keeper.owner, **jwk_kind(keeper.alg),
        **coordinates(keeper.public),
    }  # fmt: skip
    return {"owners": {"directory": [pinned]}, "directory": FED.token}
