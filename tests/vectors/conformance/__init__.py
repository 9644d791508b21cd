"""Vectors by which somebody's own recipient or issuer is tried, made of tables of cases.

`python -m tests.vectors.conformance` writes them anew. All keys follow from one seed and protect
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from contracts.encoding import b64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.keyring import encryption_file, signing_file
from contracts.keys.sealing_kinds import coordinates
from contracts.keys.signers import Signer
from contracts.keys.verification import jwk_kind
from contracts.vocabulary.topics import PARTITIONS
from tests.vectors.conformance import issuer
from tests.vectors.conformance.federation import (
    ISSUER,
    REALM,
    TESTED,
    SyntheticFederation,
    make_federation,
    signing_private,
)
from tests.vectors.conformance.issuer import routing_secret, task_of
from tests.vectors.conformance.recipient import parts, records, tokens
from tests.vectors.conformance.workbench import AGENCY, Case, Workbench, claims_of, wire
from tests.vectors.specification import FOLDER, text

__all__ = ["AT", "FOLDER", "federation", "files", "text"]

AT: Final = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC
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


def federation() -> SyntheticFederation:
    """The federation of the vectors."""
    return make_federation("conformance", AT)


def files() -> dict[str, dict[str, Any]]:
    """Name of a file below `FOLDER` -> what it holds."""
    fed = federation()
    made = {}
    for name, cases in RECIPIENT.items():
        vectors = [_vector(case, _records(fed, case)) for case in cases]
        made[f"recipient/{name}.json"] = {"given": _desk(fed), "vectors": vectors}
    for name, cases in issuer.TABLES.items():
        vectors = [_drafted(fed, case) for case in cases]
        made[f"issuer/{name}.json"] = {"given": _issuer(fed), "vectors": vectors}
    return made


def _vector(case: Case, steps: Iterable[dict[str, Any]], **given: Any) -> dict[str, Any]:
    told = {"name": case.name, "title": case.title, "section": case.section}
    return told | ({"given": given} if given else {}) | {"steps": list(steps)}


def _records(fed: SyntheticFederation, case: Case) -> list[dict[str, Any]]:
    records: Sequence[Inbound] = case.make(Workbench(fed, case.name))
    last = _expected(case)
    if case.withdraws:
        first = orjson.loads(records[0].value or b"")
        last["withdrawn"] = [claims_of(first["data"]["slip"])["jti"]]
    expected = [*[{"accepted": True}] * (len(records) - 1), last]
    return [
        {"at": _read_at(record), "record": wire(record), "expected": one}
        for record, one in zip(records, expected, strict=True)
    ]


def _read_at(record: Inbound) -> int:
    """A minute after the router's own instant, as far as it can be read."""
    try:
        data = orjson.loads(record.value or b"")["data"]
        routed = claims_of(data.get("receipt") or data["notice"])["iat"]
    except (orjson.JSONDecodeError, RelaisError, KeyError):
        routed = AT
    return int(max(AT, routed)) + READ_S


def _expected(case: Case) -> dict[str, Any]:
    if not case.reasons:
        return {"accepted": True}
    return {"accepted": None if case.noticed else False, "reasons": sorted(case.reasons)}


def _drafted(fed: SyntheticFederation, case: Case) -> dict[str, Any]:
    task = task_of(fed, case)
    refused = {"accepted": not case.reasons}
    instants = task.after or (0,) * len(task.drafts)
    expected = [*[{"accepted": True}] * (len(task.drafts) - 1), refused]
    steps = [
        {"at": AT + after, "draft": draft, "expected": one}
        for after, draft, one in zip(instants, task.drafts, expected, strict=True)
    ]
    return _vector(case, steps, **({"directory": task.token} if task.token else {}))


def _desk(fed: SyntheticFederation) -> dict[str, Any]:
    """What the tested recipient has."""
    keys = [fed.sealing[kid] for kid in sorted(fed.kept)]
    files = [encryption_file(private, key) for key, private in keys]
    return {
        "settings": {"desk": fed.urn(TESTED), "realm": REALM, "agency": AGENCY},
        "keys": [orjson.loads(file) for file in files], **_public(fed),
    }  # fmt: skip


def _issuer(fed: SyntheticFederation) -> dict[str, Any]:
    """What the tested issuer has, and what its readers open with."""
    kid, desk = f"{ISSUER}-sig-2", fed.urn(ISSUER)
    own = signing_file(signing_private(fed.seed, desk, kid), fed.directory.signing[kid])
    settings = {"desk": desk, "realm": REALM, "agency": "education", "partitions": PARTITIONS}
    readers = [encryption_file(private, key) for key, private in fed.sealing.values()]
    return {
        "settings": settings, "keys": [orjson.loads(own)], "convd": fed.convd,
        "routing_secret": b64u(routing_secret(fed.seed)), **_public(fed),
        "readers": [orjson.loads(file) for file in readers],
    }  # fmt: skip


def _public(fed: SyntheticFederation) -> dict[str, Any]:
    return {"owners": {"directory": [_jwk(fed.keeper)]}, "directory": fed.token}


def _jwk(signer: Signer) -> dict[str, str]:
    """A signing key's public half (RFC 8037, RFC 7518 §6.2) with its owner."""
    return {
        "kid": signer.kid, "alg": signer.alg, "owner": signer.owner, **jwk_kind(signer.alg),
        **coordinates(signer.public),
    }  # fmt: skip
