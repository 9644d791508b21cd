"""Partners of none of our code on three TLS brokers, each with certificate and rights."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from cryptography import x509

from contracts.encoding import b64u, canonical, sha256
from contracts.envelope.issue import Recipient
from contracts.envelope.receive import RecipientContext, addressee, open_delivery, open_notice
from contracts.envelope.wire import Inbound
from contracts.kafka.rights import realm_rights
from contracts.kafka.topic_plan import plan
from contracts.keys import keyring
from contracts.log.orders.layout import Layout
from contracts.log.orders.order import KINDS
from contracts.vocabulary import principals, topics
from contracts.vocabulary.conditions import Call, Declared
from contracts.vocabulary.events import read_body
from services.operate.joining.checking import check_folder
from services.operate.joining.request import certificate_request
from services.operate.rights import apply_rights
from services.operate.topics import apply_topics
from services.platform.kafka.connection.connection import client_options
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.owners import owners_text
from services.platform.process import clock
from services.play.certificates.ca import certify, ensure_certificate
from services.play.kafka.cluster import Cluster
from tests.contracts.envelope import kit as envelope
from tests.contracts.envelope.kit import (
    DAY,
    DESKS,
    NOW,
    inbound,
    realm,
    sample_issue,
    sealing,
    signer,
    signing_row,
)
from tests.kafka import kit
from tests.kafka.conftest import admin_of, clear
from tests.partners.home import start, write_home
from tests.patience import PATIENCE
from tests.vectors.conformance.workbench import LONGEST, PHOTOGRAPH
from tests.vectors.specification.federation import public_jwk

pytestmark = [pytest.mark.kafka, pytest.mark.anyio, pytest.mark.slow]

HERE: Final = realm("civil")
SECRET: Final = b"routing secret of this bus, 32 b"  # of the length that keys §5.3 has
LINA: Final = {"first_name": "Lina"}
FACTS: Final = {"facts": [{"observed": "Cadeaux, nuits dehors.", "observed_on": "2026-11-20"}]}
SEEN: Final = {"hair": "roux", "height_cm": 155, **PHOTOGRAPH}  # as large as it may be
SUMMARY: Final = {"summary": "Vue seule, la nuit, deux fois."}
INFORMED: Final = {"informed": {"minor": "informed", "parents": "informed"}}


@pytest.fixture(autouse=True, scope="module")
def secret() -> Iterator[None]:
    """Router, senders and partner share it; the tests' usual one is a byte longer."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (envelope, kit):
            patch.setattr(module, "ROUTING_SECRET", SECRET)
        yield


@dataclass(frozen=True)
class Tried:
    """A partner and what goes to and from its desk.

    Attributes:
        sender, sent: a desk of ours, and what it sends the partner: arguments of `sample_issue`.
        stage: by which it is to acknowledge.
        draft: of its own event to the CRIP.
    """

    language: str
    desk: str
    sender: str
    sent: dict[str, Any]
    stage: str
    draft: dict[str, Any]


def draft(bodies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An alert to the CRIP."""
    to = {"desk": HERE.urn("crip"), "purpose": "assess", "retention": "P30", "bodies": bodies}
    return {"etype": "IP", "declared": INFORMED, "to": [to]} | more


def to(desk: str, purpose: str, bodies: dict[str, Any], keep: str = "P30") -> list[Recipient]:
    """One addressee."""
    return [Recipient(HERE.urn(desk), purpose, bodies, keep)]


PARTNERS: Final = (
    Tried(
        "python", "asso", "crip",
        {"etype": "SPECREF", "to": to("asso", "joint_evaluation", {"IDENTITY": LINA,
        "FACTS": LONGEST})},
        "accepted", draft({"IDENTITY": LINA, "FACTS": FACTS}),
    ),
    Tried(
        "java", "pol", "home-1",
        {
            "etype": "MISSING", "to": to("pol", "search", {"IDENTITY": LINA,
            "IDENTITY.description": SEEN}),
            "declared": Declared(call=Call(to="police_17", at=NOW - 60, ref=b64u(bytes(16)))),
        },
        "received", draft({"IDENTITY": LINA, "FACTS.summary": SUMMARY},
        declared={"inquiry": False}),
    ),
)  # fmt: skip


def weeks(desk: str) -> list[tuple[str, str]]:
    """Class and week of each of a desk's encryption keys."""
    return [
        (key.retention, key.kid.rpartition("-")[2])
        for key in HERE.directory.encryption.values()
        if key.owner == HERE.urn(desk)
    ]


def row(desk: str) -> dict[str, Any]:
    """A desk of `kit`, its encryption keys under one signature of its own."""
    own, keys = desk_signer(desk), dict[str, dict[str, bytes]]()
    for retention, week in weeks(desk):
        public = sealing(f"{desk}-{retention.lower()}-{week}").public_key().public_bytes_raw()
        keys.setdefault(retention, {})[week] = public
    signed = keyring.sealing_row(own, owner=own.owner, keys=keys, iat=NOW - 8 * DAY)
    role, _realms, secrecy = DESKS[desk]
    label = {"fr": desk, "en": desk}
    return keyring.desk_entry(own.owner, role, secrecy, label, [signing_row(own)], sealing=signed)


def listed() -> str:
    """The token of a directory of the desks of `kit`."""
    rows = sorted(map(row, HERE.signers), key=lambda one: str(one["desk"]))
    payload = keyring.build_directory(
        "civil", 1, NOW - 8 * DAY, NOW + 400 * DAY, [signing_row(HERE.router)], rows
    )
    return keyring.sign_directory(payload, HERE.keeper)


def desk_signer(desk: str) -> keyring.Ed25519Signer:
    """A desk's signing key; the same always."""
    return signer(HERE.urn(desk), f"{desk}-s1")


def reading(desk: str) -> RecipientContext:
    """By what our own code opens a desk's deliveries."""
    kids = [f"{desk}-{retention.lower()}-{week}" for retention, week in weeks(desk)]
    ring = keyring.MemoryKeyRing({kid: sealing(kid) for kid in kids})
    return RecipientContext(HERE.urn(desk), DIRECTORY, ring, read_body)


TOKEN: Final = listed()
DIRECTORY: Final = keyring.load_directory(TOKEN, HERE.keepers)


@dataclass(frozen=True)
class Federation:
    """Three brokers with topics, rights and orders, a router, and a home for each partner."""

    secure: Cluster
    home: Path

    def now(self) -> int:
        """The federation's time, seconds."""
        return clock.FileClock(self.home / "clock").now()

    def client(self, principal: str) -> dict[str, Any]:
        """What a client of ours is made with."""
        assert self.secure.tls is not None
        tls = ensure_certificate(self.secure.tls, principal)
        return {"bootstrap_servers": self.secure.bootstrap, **client_options(tls)}

    async def write(self, principal: str, *records: dict[str, Any]) -> None:
        """Records, where they say."""
        producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **self.client(principal))
        async with producer:
            for record in records:
                await producer.send_and_wait(**record)

    async def inbox(self, agency: str) -> list[Inbound]:
        """An agency's, by its own certificate."""
        client = self.client(agency)
        async with LogReader(client.pop("bootstrap_servers"), **client) as log:
            places = await log.places([topics.inbox("civil", agency)])
            return [one async for batch in log.read(dict.fromkeys(places)) for one in batch]

    async def told(self, desk: str, event: str, **wanted: Any) -> Any:
        """What our desk was delivered by an event, or told of one: opened by our own code."""
        context = reading(desk)
        async with asyncio.timeout(PATIENCE):
            while True:
                for record in await self.inbox("child_welfare"):
                    aud, notice, shell = addressee(record.value, record.headers)
                    if aud != context.desk or notice is not bool(wanted):
                        continue
                    if not notice and shell.attributes["id"] == event:
                        return open_delivery(record.value, record.headers, context)
                    if notice:
                        claims = open_notice(record.value, record.headers, context)
                        given = {name: claims.get(name) for name in wanted}
                        if claims["event"]["jti"] == event and given == wanted:
                            return claims
                await asyncio.sleep(0.3)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module."""
    return "asyncio"


@pytest.fixture(scope="module")
async def federation(
    secure: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Federation]:
    """Everything but the partners; taken away afterwards."""
    made = Federation(secure, tmp_path_factory.mktemp("direct"))
    await clear(secure)
    await furnish(made)
    assert secure.tls is not None
    own = ensure_certificate(secure.tls, principals.routing("civil", 0))
    files = {"tls_ca": own.ca, "tls_cert": own.cert, "tls_key": own.key}
    async with kit.router(secure.bootstrap, made.home, **files):
        yield made
    await clear(secure)


async def furnish(made: Federation) -> None:
    """Topics, rights, the first orders, and what each partner has."""
    bootstrap, admin = made.secure.bootstrap, admin_of(made.secure)
    kit.move_clock(made.home)
    await apply_topics(bootstrap, plan(kit.convention(), DIRECTORY), replicas=3, tls=admin)
    rights = realm_rights(kit.convention(), DIRECTORY, [Layout(1, 1)])
    await apply_rights(bootstrap, rights, tls=admin, prune=True)
    owners = kit.owners()
    await kit.order(bootstrap, "layout", admin, **kit.layout(1))
    await kit.order(bootstrap, "adopt_convention", admin, **kit.convention_signed())
    await kit.order(bootstrap, "adopt_directory", admin, TOKEN, directory=DIRECTORY.digest)
    kinds = {kind: (owners.quorum[kind], tuple(owners.keys[kind].values())) for kind in KINDS}
    pinned = owners_text(kinds, tuple(owners.directory.values()), tuple(owners.parties.values()))
    (made.home / "owners.json").write_bytes(pinned)
    for one in PARTNERS:
        partner_home(made, one.language, one.desk)


def partner_home(made: Federation, name: str, desk: str) -> Path:
    """The folder of `examples/README.md`."""
    folder = made.secure.tls
    assert folder is not None
    agency = DIRECTORY.desks[HERE.urn(desk)].agency
    (signing,) = DIRECTORY.signing_of[HERE.urn(desk)]
    files = [
        keyring.encryption_file(sealing(kid), key)
        for kid, key in DIRECTORY.encryption.items()
        if key.owner == HERE.urn(desk)
    ]
    files.append(keyring.signing_file(desk_signer(desk)._private, signing))
    home = write_home(
        made.home / name, HERE.urn(desk), TOKEN, public_jwk(HERE.keeper), map(orjson.loads, files),
        agency=agency, kafka=made.secure.bootstrap, ahead=made.now() - int(time.time()),
    )  # fmt: skip
    (home / "owners.json").write_bytes((made.home / "owners.json").read_bytes())
    (home / "routing.secret").write_bytes(SECRET)
    for path in (home / "settings.json", home / "routing.secret", *home.glob("keys/*")):
        path.chmod(0o600)
    asked = x509.load_pem_x509_csr(
        certificate_request(home / "client.key", principals.agency(agency)).encode()
    )
    (home / "client.pem").write_bytes(certify(folder, asked))
    (home / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
    (home / "open").mkdir()
    return home


class Running:
    """A partner's program at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []

    async def says(self, **wanted: Any) -> dict[str, Any]:
        """The next line that has these members."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await asyncio.to_thread(self.process.stdout.readline)
                assert line, f"it ended; {self.said} {self.process.communicate()[1][-3000:]}"
                self.said.append(json.loads(line))
                if all(self.said[-1].get(name) == value for name, value in wanted.items()):
                    return self.said[-1]

    def publish(self, event: dict[str, Any]) -> None:
        """Hand it a draft."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()

    def end(self) -> str:
        """No more drafts; what it wrote on standard error."""
        _, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, err
        return err


@asynccontextmanager
async def running(language: str, home: Path) -> AsyncIterator[Running]:
    """A partner's program, ended by the end of its drafts."""
    process = start(language, home)
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=PARTNERS, ids=lambda one: one.language)
def partner(request: pytest.FixtureRequest) -> Tried:
    """Each in its turn."""
    one: Tried = request.param
    return one


async def test_a_partner_of_other_code_receives_refuses_acknowledges_and_issues(
    federation: Federation, partner: Tried
) -> None:
    """What it says, what our desks are told, and what our CRIP opens in the end."""
    issued = sample_issue(
        partner.sender, convd=kit.convention().digest, case=f"for {partner.desk}",
        seed=partner.language, **partner.sent,
    )  # fmt: skip
    place, jti = inbound(issued), issued.ref.jti
    outbox = topics.outbox("civil", "child_welfare")
    inbox = topics.inbox("civil", kit.agency(partner.desk))
    record = {
        "topic": outbox,
        "partition": place.partition,
        "key": issued.key,
        "value": issued.value(),
    }

    async with running(partner.language, federation.home / partner.language) as program:
        program.publish({"etype": "PING", "case": b64u(sha256(partner.desk.encode())), "to": []})
        ping = await program.says(type="PING")
        await program.says(notice="decided", event=ping["published"], refused=False)
        await federation.write("child_welfare", record | {"headers": issued.headers()})
        taken = await program.says(accepted=True, event=jti)
        await program.says(type="ACK")
        acknowledged = await federation.told(partner.sender, jti, kind="acknowledged")
        (came,) = [
            one
            for one in await federation.inbox(kit.agency(partner.desk))
            if jti.encode() in (one.value or b"")
        ]
        again = {
            "topic": inbox,
            "partition": came.partition,
            "headers": list(came.headers),
            "value": came.value,
        }
        altered = orjson.loads(came.value or b"")
        altered["data"]["parts"] = altered["data"]["parts"][1:]
        shard = principals.routing("civil", 0)
        await federation.write(
            shard,
            again | {"key": b"again"},
            again | {"key": b"altered", "value": canonical(altered)},
        )
        replayed = await program.says(accepted=False)
        spoilt = await program.says(accepted=False)
        program.publish(partner.draft | {"case": issued.claims.sub})
        published = await program.says(type=partner.draft["etype"])
        decided = await program.says(notice="decided", event=published["published"])
        arrived = await federation.told("crip", published["published"])
        err = await asyncio.to_thread(program.end)

    bodies = json.loads((federation.home / partner.language / "open" / f"{jti}.json").read_bytes())[
        "bodies"
    ]
    assert bodies == partner.sent["to"][0].bodies
    assert taken["scopes"] == sorted(bodies)
    assert (acknowledged["stage"], acknowledged["by"]) == (partner.stage, HERE.urn(partner.desk))
    assert (replayed["reason"], spoilt["reason"]) == ("replayed", "parts_differ")
    assert decided["refused"] is False
    assert arrived.bodies == partner.draft["to"][0]["bodies"]
    assert "Traceback" not in err
    assert await check_folder(federation.home / partner.language) is None
    assert "Lina" not in json.dumps(program.said)
