"""What an auditor tells the console: by role, unknown as unseen, and to nobody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from unittest.mock import create_autospec

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from contracts.encoding import b64u, digest, sha256
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.audit.projection import answers as entitled
from services.audit.projection.routes import LOOK_UPS, MOST_BYTES, groups
from services.audit.store import AuditStore
from services.console import roles
from tests.contracts.envelope import kit
from tests.contracts.log.routed import LATER, Bus
from tests.services.audit.projected import (
    ASKED,
    NOBODYS,
    SECRET,
    Lives,
    ProjectedBus,
    answering,
    projected,
)

GROUPS = "/projection/civil/quarantine"


@pytest.fixture
async def bus(lives: Lives) -> ProjectedBus:
    """Forty odd events."""
    return await projected(lives)


async def test_every_event_is_told_with_what_was_decided_of_it(bus: ProjectedBus) -> None:
    """By its id: type, instants, verdicts; no case token, to an operator neither desk nor scope."""
    verdicts: Counter[str] = Counter()
    told: dict[str, bytes] = dict.fromkeys(("operator", "auditor"), b"")
    for event, claims in bus.decided.items():
        said = {role: await bus.ask(role=role, event=event) for role in told}
        told = {role: told[role] + said[role].content for role in told}
        row = said["auditor"].json()["event"]
        assert (row["etype"], row["issued"]) == (claims["etype"], claims["iat"])
        assert row["issuer"]["desk"] == claims["iss"].rpartition(":")[2]
        assert row["judged"] == "same"
        verdicts.update(each["verdict"] for each in row["addressees"])
        verdicts.update(duties=len(row["duties"]), steps=len(row["steps"]))

    assert min(verdicts[name] for name in ("release", "withhold", "duties", "steps")) > 0
    tokens = {claims["sub"].encode() for claims in bus.decided.values()}
    assert not [token for token in tokens if token in b"".join(told.values())]
    assert b'"desk":"crip"' in told["auditor"]
    assert b"RISK" in told["auditor"]
    assert b"crip" not in told["operator"]
    assert b"RISK" not in told["operator"]
    assert b'"role":"CRIP"' in told["operator"]


async def test_an_unknown_id_and_one_not_to_be_seen_are_the_same_work_and_bytes(
    bus: ProjectedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows are looked up, the same is answered: no oracle by answer or time."""
    looked = create_autospec(AuditStore.table, side_effect=AuditStore.table)
    monkeypatch.setattr(AuditStore, "table", looked)
    monkeypatch.setattr(entitled, "SUPERVISION", frozenset({"IP"}))
    ids = {claims["etype"]: event for event, claims in bus.decided.items()}

    answers, work = [], []
    for event in (NOBODYS, ids["IP"], ids["SIG"]):
        looked.reset_mock()
        answers.append((await bus.ask(role="operator", event=event)).content)
        work.append([call.args[1] for call in looked.call_args_list])

    assert answers[0] == answers[1] != answers[2]
    assert work == [["lives"]] * 3


def test_an_operator_does_not_see_what_is_for_supervision_or_criminal() -> None:
    """Who looks cases up, and the criminal bus; an auditor sees all."""
    seen = {
        (realm, etype)
        for realm in ("civil", "criminal")
        for etype in ("IP", "ACK", "LOOKUP")
        if entitled.sees_event("operator", realm, etype)
    }

    assert seen == {("civil", "IP"), ("civil", "ACK")}
    assert entitled.sees_event("auditor", "criminal", "LOOKUP")
    assert entitled.ROLES == roles.ROLES


EVENT = b'"event":"' + NOBODYS.encode() + b'"'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * MOST_BYTES, 400),
        (b" " * (MOST_BYTES + 1), 413),
        (b"[]", 422),
        (b'{"event":"%s","role":"auditor"}' % (b"../" * 12), 422),
        (b'{"event":["x"],"role":"auditor"}', 422),
        (b"{%s}" % EVENT, 422),
        (b'{%s,"role":"security"}' % EVENT, 422),
        (b'{%s,"more":1,"role":"auditor"}' % EVENT, 422),
    ],
)
async def test_a_question_of_another_form_is_refused(
    bus: ProjectedBus, body: bytes, status: int
) -> None:
    """Before anything is looked up; nothing of it is repeated."""
    answer = await bus.by().post(ASKED, content=body)

    assert (answer.status_code, b"../" in answer.content) == (status, False)


async def test_without_the_secret_nothing_is_told(bus: ProjectedBus) -> None:
    """Whoever reaches the port."""
    for secret in (b"", bytes(32), SECRET[:-1]):
        nobody = bus.by(secret)
        for answer in (await nobody.get(GROUPS), await nobody.post(ASKED, json={})):
            assert answer.status_code == httpx.codes.UNAUTHORIZED


async def test_a_stolen_secret_is_no_list_of_events(bus: ProjectedBus) -> None:
    """So many look-ups a minute, whoever asks; and each leaves a hash of the id in the log."""
    event = next(iter(bus.decided))
    with capture_logs() as logs:
        codes = [
            (await bus.ask(role="auditor", event=event)).status_code for _ in range(LOOK_UPS + 1)
        ]

    assert codes == [httpx.codes.OK] * LOOK_UPS + [httpx.codes.TOO_MANY_REQUESTS]
    lines = [line for line in logs if line["event"] == "looked up"]
    assert len(lines) == LOOK_UPS
    assert lines[0]["about"] == b64u(sha256(event.encode()))
    assert event not in orjson.dumps(logs, default=str).decode()


async def test_without_a_store_it_is_said_that_nothing_can_be_looked_up(lives: Lives) -> None:
    """And of no event."""
    bus = await projected(lives, store=False)

    told = (await bus.ask(role="auditor", event=next(iter(bus.decided)))).json()

    assert told["event"] is None
    assert told["place"]["kept"] is False


def _busy() -> Bus:
    """One event broke routing, one names a convention that nobody knows, one is garbage."""
    bus = Bus()
    bus.put_aside(bus.good())
    bus.route(bus.good(2, convd=digest("no convention yet")))
    bus.route(replace(bus.good(3), value=b"Zoe Canari", key=b"k"))
    return bus


async def test_groups_say_code_outbox_and_issuer(lives: Lives) -> None:
    """The issuer where its cover verified; nothing of what it held.

    A service that starts again tells the same from its store.
    """
    lives.bus = _busy()
    bus = await answering(lives)

    page = await bus.by().get(GROUPS)
    closed = await bus.by().get(GROUPS.replace("civil", "criminal"))
    again = (await lives.live(look=False)).audit
    await again.stop()

    rows = {row["code"]: row for row in page.json()["groups"]}
    assert rows["unknown_convention"]["desk"] == "edu-s"
    assert rows["internal_error"]["desk"] == ""
    assert {row["agency"] for row in rows.values()} == {"education"}
    assert all(row["n"] == 1 and 0 < row["oldest"] <= LATER for row in rows.values())
    assert (len(rows), groups(again)) == (3, page.json()["groups"])
    assert b"Zoe" not in page.content
    assert closed.status_code == httpx.codes.NOT_FOUND


def test_what_is_put_aside_again_keeps_its_outbox_and_issuer() -> None:
    """An order releases it from quarantine, and routing breaks at it once more."""
    bus = Bus()
    event = bus.good(2, convd=digest("no convention yet"))
    bus.route(event)
    (leaf,) = bus.routers[event.partition].state.kept

    bus.release(leaf)

    (kept,) = bus.routers[event.partition].state.kept.values()
    assert (kept.first, kept.outbox) == (kit.NOW + 1, event.topic)
    assert kept.issuer == desk_urn("civil", "edu-s")


async def test_a_record_whose_evidence_is_another_tells_nothing(lives: Lives) -> None:
    """Who writes evidence anew puts no issuer of his on a page."""
    lives.bus = _busy()
    for (topic, _number), rows in lives.bus.written.items():
        for at, row in enumerate(rows if topic == topics.evidence("civil") else ()):
            if b"unknown_convention" in row.value:
                rows[at] = replace(row, value=row.value.replace(b'"bytes"', b'"bytez"'))

    page = await (await answering(lives)).by().get(GROUPS)

    assert not [row for row in page.json()["groups"] if row["desk"]]
