"""An auditor says that it reads the log: recorded, decided again, and no token in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from contracts.encoding import b64u, sha256
from contracts.envelope.issue import Issued
from contracts.envelope.wire import Outbound
from contracts.errors import DirectoryError
from contracts.kafka.rights import READ, WRITE, Right, realm_rights
from contracts.kafka.topic_plan import plan
from contracts.keys import keyring
from contracts.log.orders.layout import ordered
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import principals, topics
from contracts.vocabulary.schema import desk_urn
from services.audit.saying import AuditorAtKafka, _issued, reading_of
from services.cli.auditor.finding_sentences import sentence
from services.operate.home.keys import ensure_signing
from services.platform.kafka.bus import Bus
from services.platform.keys.signers import read_signer
from tests.contracts.envelope.kit import signing_row
from tests.flows.acts import CASE, raw
from tests.world import BEGIN, World, realm_keys

OUTBOX = topics.outbox("civil", "audit")
URN = desk_urn("civil", "auditor")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Keys of an auditor."""
    folder = tmp_path / "civil" / "auditor"
    ensure_signing(folder / "auditor-sig-1.json", URN, BEGIN)
    return tmp_path


def world(home: Path, *, role: str = "AUDIT") -> World:
    """A federation whose directory names the auditor."""
    here = realm_keys("civil")
    _key, signer = read_signer(home / "civil" / "auditor" / "auditor-sig-1.json")
    payload: dict[str, Any] = copy.deepcopy(here.payload)
    payload["version"] += 1
    label = {"fr": "Auditeur", "en": "Auditor"}
    payload["desks"].append(
        keyring.desk_entry(URN, role, True, label, [signing_row(signer)], agency="audit")  # type: ignore[arg-type]
    )
    made = World(partitions=1)
    made.agencies.append("audit")
    token = keyring.sign_directory(payload, here.keeper)
    made.order("civil", "adopt_directory", {"directory": token})
    made.settle()
    return made


def said(made: World, home: Path, by: str, purpose: str, wanted: str = "") -> Issued:
    """What an auditor's command publishes before it reads."""
    registry = made.registries["civil"]
    auditor = AuditorAtKafka(Bus(""), registry.owners, home, lambda: made.now_ms)
    issued = _issued(auditor, registry, reading_of(by, purpose, wanted))
    assert issued is not None
    made.write(Outbound(OUTBOX, 0, issued.key, issued.value(), issued.headers()))
    made.settle()
    return issued


def readings(made: World) -> list[AuditFinding]:
    """What a replay lists of them; everything else that it finds is wrong."""
    found = made.replay("civil", 0)[1]
    assert [one for one in found if one.alarm] == []
    return [one for one in found if one.code == "log_read"]


def test_a_reading_is_in_the_log_with_who_when_how_and_what_for(home: Path) -> None:
    """By one event each, which a replay decides again and lists; an answer goes to nobody."""
    made = world(home)
    whole = said(made, home, "replay", "supervision")
    made.clock.advance(60)
    one = said(made, home, "prove", "court", "01990000-0000-7000-8000-000000000000")

    first, second = readings(made)

    about = b64u(sha256(b"01990000-0000-7000-8000-000000000000"))
    assert (first.event, first.detail) == (whole.claims.jti, "replay, supervision")
    assert (second.event, second.detail) == (one.claims.jti, f"prove, court, about {about}")
    assert (first.topic, second.at - first.at) == (OUTBOX, 60)
    assert whole.claims.iss == URN
    assert not [name for name, _ in made.topics if name.endswith("inbox.audit")]


def test_the_token_of_the_case_that_is_looked_for_is_nowhere_in_the_event(home: Path) -> None:
    """Nor in the record, its evidence or a replay: its hash alone, as who knows it makes."""
    made = world(home)
    said(made, home, "erase", "erasure", CASE)

    everything = [row.value or b"" for rows in made.topics.values() for row in rows]

    assert not [value for value in everything if CASE.encode() in value]
    assert b64u(sha256(CASE.encode())) in readings(made)[0].detail


def test_who_is_no_auditor_may_not_say_that_it_reads(home: Path) -> None:
    """A desk's word would stand among auditors'; theirs may not send anything else."""
    made = world(home)
    event = raw(made, "edu-s", "READING", reading={"by": "replay", "purpose": "court"})

    assert made.decision_on(event)["reasons"] == ["not_for_outbox"]
    assert readings(made) == []


def test_an_auditor_has_a_right_to_write_that_outbox_and_no_other(home: Path) -> None:
    """Routers read it."""
    made = world(home)
    registry = made.registries["civil"]
    convd, dird = registry.in_force(made.clock.now())
    convention, directory = registry.conventions[convd], registry.directories[dird]

    given = realm_rights(convention, directory, ordered(registry))

    own = {(one.name, one.operation) for one in given if one.principal == "audit-civil"}
    written = {one for one in own if one[1] == WRITE and ".statistics." not in one[0]}
    assert written == {(OUTBOX, WRITE)}
    assert Right("routing-civil-0", "topic", OUTBOX, READ) in given
    assert OUTBOX in {one.name for one in plan(convention, directory, 1)}


def test_without_an_auditor_in_the_directory_nobody_has_that_right() -> None:
    """Nor is there the topic, and the command is told that there is nothing to publish."""
    made = World(partitions=1)
    registry = made.registries["civil"]
    convd, dird = registry.in_force(made.clock.now())
    force = registry.conventions[convd], registry.directories[dird]
    auditor = AuditorAtKafka(Bus(""), registry.owners, Path("nowhere"), lambda: made.now_ms)

    assert _issued(auditor, registry, reading_of("replay", "supervision")) is None
    assert OUTBOX not in {one.name for one in plan(*force, 1)}
    assert not [one for one in realm_rights(*force, ordered(registry)) if one.name == OUTBOX]


def test_no_other_role_is_an_auditors(home: Path) -> None:
    """Else a keeper could give a desk of the convention an outbox that no party knows of."""
    with pytest.raises(DirectoryError, match="wrong_agency"):
        world(home, role="AUDITOR")


def test_a_reading_is_told_in_a_sentence_of_its_own(home: Path) -> None:
    """In French and in English."""
    made = world(home)
    said(made, home, "export", "supervision")

    (found,) = readings(made)

    assert "a annoncé ici qu’il allait lire le journal" in sentence(found, "fr")
    assert "announced here that the log would be read" in sentence(found, "en")
    assert found.event
    assert principals.AUDITORS in found.topic
