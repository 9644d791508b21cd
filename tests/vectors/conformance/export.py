"""The folder that a tested system is given: for a recipient a desk's own, the convention, and a file for each case.

    convention.yaml      the convention in force
    desk/                settings.json, directory.json, owners.json and keys/, as a reference partner has them
    drafts/ID.json       for an issuer instead: what it is to publish, under which directory
    deliveries/ID.jsonl  a record a line: {topic, partition, offset, key, headers, value}

A value is text, or null; so is a header's. What is expected stands in none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from contracts.keys.keyring import encryption_file, signing_file
from contracts.keys.signers import Signer
from contracts.keys.verification import jwk_kind, public_members
from contracts.log.orders.succession import SUCCESSION
from contracts.vocabulary.topics import PARTITIONS
from tests.vectors.conformance.federation import ISSUER as ISSUER_DESK
from tests.vectors.conformance.federation import (
    REALM,
    TESTED,
    SyntheticFederation,
    owner_signers,
    signing_private,
)
from tests.vectors.conformance.issuer.drafting import IssuerCase, routing_secret, task_of
from tests.vectors.conformance.orders import QUORUM, control_orders
from tests.vectors.conformance.recipient.made import RecipientCase
from tests.vectors.conformance.record import KitRecord
from tests.vectors.conformance.workbench import AGENCY, Workbench

DELIVERIES: Final = "deliveries"
DRAFTS: Final = "drafts"


def recipient_files(fed: SyntheticFederation, cases: Sequence[RecipientCase]) -> dict[str, bytes]:
    """What a recipient is given: path in the folder -> content."""
    return {
        "convention.yaml": fed.convention,
        **{f"desk/{name}.json": _text(value) for name, value in _desk(fed).items()},
        **{
            f"{DELIVERIES}/{case.id}.jsonl": b"".join(
                orjson.dumps(_record(record)) + b"\n"
                for record in case.make(Workbench(fed, case.id))
            )
            for case in cases
        },
    }


def issuer_files(fed: SyntheticFederation, cases: Sequence[IssuerCase]) -> dict[str, bytes]:
    """What an issuer is given: path in the folder -> content."""
    kid = f"{ISSUER_DESK}-sig-2"
    private = signing_private(fed.seed, fed.urn(ISSUER_DESK), kid)
    settings = {"desk": fed.urn(ISSUER_DESK), "realm": REALM, "agency": "education"}
    return {
        "convention.yaml": fed.convention,
        "desk/routing.secret": routing_secret(fed.seed),
        f"desk/keys/{kid}.json": signing_file(private, fed.directory.signing[kid]),
        "desk/settings.json": _text(settings | {"partitions": PARTITIONS}),
        **{f"desk/{name}.json": _text(value) for name, value in _public(fed).items()},
        **{f"{DRAFTS}/{case.id}.json": _text(_task(fed, case)) for case in cases},
    }


def _task(fed: SyntheticFederation, case: IssuerCase) -> dict[str, Any]:
    task = task_of(fed, case)
    tokens = task.tokens or fed.tokens
    return {
        "case": case.id, "at": fed.at, "convd": fed.convd, "drafts": list(task.drafts),
        "directory": tokens[0], "pages": list(tokens[1:]),
    }  # fmt: skip


def record_counts(files: Mapping[str, bytes]) -> list[tuple[str, int]]:
    """Case and number of its records, by the names of their files."""
    return [
        (name.removeprefix(f"{DELIVERIES}/").removesuffix(".jsonl"), content.count(b"\n"))
        for name, content in sorted(files.items())
        if name.startswith(f"{DELIVERIES}/")
    ]


def _desk(fed: SyntheticFederation) -> dict[str, Any]:
    return {
        "settings": {"desk": fed.urn(TESTED), "realm": REALM, "agency": AGENCY},
        **_public(fed),
        **{
            f"keys/{kid}": orjson.loads(encryption_file(private, key))
            for kid in sorted(fed.kept)
            for key, private in (fed.sealing[kid],)
        },
    }


def _public(fed: SyntheticFederation) -> dict[str, Any]:
    ordering = {"quorum": QUORUM, "keys": [signing_jwk(one) for one in owner_signers(fed.seed)]}
    return {
        "directory": {
            "directory": fed.tokens[0], "pages": list(fed.tokens[1:]),
            "orders": list(control_orders(fed)),
        },
        "owners": {"directory": [signing_jwk(fed.keeper)], "orders": {SUCCESSION: ordering}},
    }  # fmt: skip


def signing_jwk(signer: Signer) -> dict[str, str]:
    """A signing key's public half (RFC 8037, RFC 7518 §6.2) with its owner."""
    return {
        "kid": signer.kid, "alg": signer.alg, "owner": signer.owner, **jwk_kind(signer.alg),
        **public_members(signer.alg, signer.public),
    }  # fmt: skip


def _record(record: KitRecord) -> dict[str, Any]:
    return {
        "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "key": record.key,
        "headers": [[name, value and value.decode()] for name, value in record.headers],
        "value": record.value and record.value.decode(),
    }  # fmt: skip


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"
