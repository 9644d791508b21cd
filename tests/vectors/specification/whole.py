"""Whole things: a directory, an event with keys, its delivery, the log that says so."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import orjson

from contracts.decision.state.state import State
from contracts.encoding import b64u, canonical, digest, framed, partition_of, unb64u
from contracts.envelope.issue import Issued, Recipient, issue
from contracts.envelope.model import project
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.keyring import HeldSigners
from contracts.log.chain import LEAF_LABEL
from contracts.log.routing.partition_router import PartitionRouter, RouterKeys
from contracts.vocabulary.conditions import Call, Declared, Informed
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import LeftOut
from contracts.vocabulary.topics import PARTITIONS, outbox
from tests.contracts.envelope.kit import Seeded, claims_of
from tests.contracts.log.first_orders import OWNER, begun, first_orders
from tests.vectors.specification.computations import CASE
from tests.vectors.specification.federation import (
    AT,
    BEGUN,
    CONVD,
    CRIP,
    KEYS,
    PARQUET,
    ROUTING_SECRET,
    SCHOOL,
    private_jwk,
    public_jwk,
    signing_jwk,
)  # fmt: skip

DECIDED: Final = AT + 1  # when the router decides
FACTS: Final = {
    "facts": [{"observed": "Hématome au bras, s'endort en classe.", "observed_on": "2026-11-23"}]
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "IDENTITY": {
        "birth_date": "2011-05-14",
        "first_name": "Lina",
        "name": "Martin",
        "sex": "female",
    },
    "FACTS": FACTS,
    "HEALTH.vital": {"signs": ["visible_injury"]},
}
TO: Final[tuple[dict[str, Any], ...]] = (
    {"desk": PARQUET, "purpose": "protect_now", "retention": "P30", "bodies": BODIES},
    {
        "desk": CRIP, "purpose": "avoid_duplicates", "retention": "P30",
        "bodies": {name: BODIES[name] for name in ("IDENTITY", "FACTS")},
    },
)  # fmt: skip
DECLARED: Final = Declared(
    informed=Informed(parents="exempted_family", minor="informed"),
    call=Call(to="duty_magistrate", at=AT - 600, ref=b64u(bytes(range(16)))),
    danger=True,
)


def directory() -> dict[str, Any]:
    """keys §2: the signed directory, and what each kind of entry signs."""
    desk = next(one for one in KEYS.payload["desks"] if one["desk"] == CRIP)
    entry, row = desk["signing"][0], desk["sealing"]
    return {
        "sections": "keys §2.3, §2.4; envelope §2.3",
        "keeper": public_jwk(KEYS.keeper),
        "signing_entry": {
            "owner": CRIP, "entry": entry,
            "signed_hex": _signed("signing-key", CRIP, entry, "proof"),
        },
        "sealing": {
            "owner": CRIP, "entry": row,
            "signed_hex": _signed("sealing-keys", CRIP, row, "sig"),
        },
        "payload": claims_of(KEYS.token),
        "directory": KEYS.token,
        "dird": KEYS.directory.digest,
    }  # fmt: skip


def _signed(label: str, owner: str, entry: dict[str, Any], name: str) -> str:
    bare = {key: value for key, value in entry.items() if key != name}
    return framed("relais", label, owner, canonical(bare)).hex()


@lru_cache(maxsize=1)
def issued() -> Issued:
    """A signalement to the parquet and its copy to the CRIP, five parts."""
    to = []
    for one in TO:
        for scope, body in one["bodies"].items():
            read_body("SIG", scope, body)
        to.append(Recipient(one["desk"], one["purpose"], one["bodies"], one["retention"]))
    return issue(
        signer=KEYS.signers["edu-s"], directory=KEYS.directory, etype="SIG", convd=CONVD, sub=CASE,
        to=to, at_ms=AT * 1000 + 123, random=Seeded("an event"), declared=DECLARED,
        left_out=[LeftOut(desk=CRIP, scopes=("HEALTH.vital",))],
    )  # fmt: skip


def _inbound() -> Inbound:
    event = issued()
    partition = partition_of(ROUTING_SECRET, "civil", CASE, PARTITIONS)
    return Inbound(
        outbox("civil", "education"), partition, 0, event.key, event.value(),
        tuple(event.headers()), AT * 1000,
    )  # fmt: skip


def event() -> dict[str, Any]:
    """envelope §3, §4 and §6: everything that it is made of, and what is published."""
    made, record = issued(), _inbound()
    claims = made.claims
    return {
        "sections": "envelope §2.3, §3, §4, §6",
        "given": {
            "realm": "civil", "agency": "education", "desk": SCHOOL,
            "signing": signing_jwk(KEYS.signers["edu-s"]),
            "routing_secret_hex": ROUTING_SECRET.hex(), "partitions": PARTITIONS,
            "directory": KEYS.token,
            "keeper": public_jwk(KEYS.keeper), "convd": CONVD, "case": CASE, "at": AT,
            "etype": "SIG", "declared": DECLARED.wire(), "to": list(TO),
            "left_out": [{"desk": CRIP, "scopes": ["HEALTH.vital"]}], "prev": {},
        },
        "recipients": {urn: private_jwk(urn) for urn in (PARQUET, CRIP)},
        "cover_claims": claims.wire(),
        "slip_claims": [project(claims, addressee) for addressee in claims.to],
        "cover": made.cover, "slips": list(made.slips), "parts": list(made.parts),
        "D": {"cover": made.digest, "slips": [digest(slip) for slip in made.slips]},
        "published": kafka(record),
    }  # fmt: skip


def kafka(record: Inbound | Outbound) -> dict[str, Any]:
    """A record of Kafka as the vectors have it."""
    return {
        "topic": record.topic, "partition": record.partition,
        "key": (record.key or b"").decode(), "value": (record.value or b"").decode(),
        "headers": [[name, (text or b"").decode()] for name, text in record.headers],
    }  # fmt: skip


Routed = tuple[tuple[bytes, ...], tuple[Outbound, ...]]


@lru_cache(maxsize=1)
def _routed() -> Routed:
    """Of the event above."""
    return routed(_inbound())


def routed(*records: Inbound) -> Routed:
    """Values of control; all that the router writes, in two transactions."""
    given = "civil", 1, PARTITIONS, KEYS.token, BEGUN
    registry = begun(*given)
    values = [value for value in first_orders(*given) if value != KEYS.token.encode()]
    held = RouterKeys(HeldSigners(KEYS.router), ROUTING_SECRET)
    router = PartitionRouter("civil", records[0].partition, State(), held)
    out, salts = list[Outbound](), Seeded("salts of the log")
    for inbound, now in (((), BEGUN), (records, DECIDED)):
        batch = router.batch(inbound, registry, now, lambda: salts(16))
        batch.view.merge()
        out += batch.out
    return tuple(values), tuple(out)


def delivery() -> dict[str, Any]:
    """envelope §5, §6 and §8: what the CRIP and the issuer find in their inboxes."""
    rows = [one for one in _routed()[1] if ".inbox." in one.topic]
    evidence = orjson.loads(_evidence()[-1].value)
    tokens = []
    for place, row in enumerate(rows):
        data = orjson.loads(row.value)["data"]
        claims = claims_of(data.get("receipt") or data["notice"])
        bare = {name: value for name, value in claims.items() if name != "dec"}
        tokens.append({"ordinal": place, "claims": claims, "hashed": canonical(bare).decode()})
    return {
        "sections": "envelope §5, §6.1, §8; log §4.1",
        "router": public_jwk(KEYS.router),
        "issuer": public_jwk(KEYS.signers["edu-s"]),
        "recipients": {urn: private_jwk(urn) for urn in (PARQUET, CRIP)},
        "agencies": {urn: row.agency for urn, row in KEYS.directory.desks.items()},
        "salt": evidence["salt"],
        "messages": tokens,
        "inboxes": list(map(kafka, rows)),
    }


def log() -> dict[str, Any]:
    """log §2, §3, §4 and §6: orders, records, evidence and signatures of one partition."""
    values, out = _routed()
    records = [one for one in out if one.topic.endswith(".decisions")]
    beside = {one.key: one.value.decode() for one in _evidence()}
    rows = []
    for one in records:
        row: dict[str, Any] = {
            "record": one.value.decode(), "leaf": one.key.decode(), "evidence": beside[one.key],
        }  # fmt: skip
        signature = dict(one.headers).get("sig")
        if signature is not None:
            row["sig"] = signature.decode()
            row["signed_hex"] = (LEAF_LABEL + unb64u(row["leaf"])).hex()
        rows.append(row)
    return {
        "sections": "log §2, §3, §4, §6",
        "router": public_jwk(KEYS.router),
        "owner": public_jwk(OWNER),
        "orders": [{"value": value.decode(), "digest": digest(value)} for value in values[:2]],
        "adoption": {"digest": digest(values[2]), "convd": CONVD},  # 130 KB: the file is in it
        "records": rows,
    }


def _evidence() -> list[Outbound]:
    return [one for one in _routed()[1] if one.topic.endswith(".evidence")]
