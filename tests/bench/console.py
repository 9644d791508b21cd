"""The console over 100,000 events: what it costs the auditor to keep them, and each page in the server's time.

Events are made, not routed: each as a decision leaves it, of 1,000 desks, with two duties of which some are late, and
an acknowledgement. Auditor and console answer in this process, so that a page's figure is of both and of the browser's
side of it. `RELAIS_EVENTS` says how many.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
from starlette.applications import Starlette
from structlog.testing import capture_logs

from contracts.encoding import b64u, canonical, sha256
from contracts.envelope.wire import Inbound
from contracts.log.replaying.judgement import SAME
from contracts.vocabulary import topics
from services.audit.following import Following
from services.audit.projection.answers import LogAnswers
from services.audit.projection.asked import AskedProjection
from services.audit.store import AuditStore, audit_path
from services.console.auditor import event_page, projection
from services.console.roles import PAGES, Role, pages_of
from services.platform.browser.sessions import Attempts
from services.platform.http.shared_secret import SharedSecrets
from tests.bench.measure import Figure
from tests.bench.store import DESKS, token
from tests.contracts.envelope import kit
from tests.contracts.log.bus import begun
from tests.services.audit.projected import URL
from tests.services.console.kit import SECRETS, OpenConsole
from tests.services.console.test_projection_pages import look_up
from tests.services.operate.status.test_told import BUSY

EVENTS: Final = 100_000
AT_ONCE: Final = 10_000
ROUNDS: Final = 21
REALM: Final = "civil"
READERS: Final[tuple[Role, ...]] = ("auditor", "operator", "committee", "security")


async def figures() -> AsyncIterator[Figure]:
    """Microseconds an event, bytes on disk, and milliseconds a page."""
    events = int(os.environ.get("RELAIS_EVENTS", EVENTS))
    note = f"{events:,} events of {DESKS:,} desks"
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        path = audit_path(Path(folder), REALM)
        store = AuditStore(path, REALM, 1)
        spent = filled(store, events)
        yield Figure("auditor keeps an event", "µs of CPU", (spent / events * 1e6,), note)
        size = path.stat().st_blocks * 512 / events
        yield Figure("auditor's rows of events", "bytes an event", (size,), note)
        for page in PAGES:
            with closing(opened(Path(folder), store)) as console:
                yield await _page(console, page, note)
        for event, what in ((events // 2, "an event that is there"), (events, "one that is not")):
            with closing(opened(Path(folder), store)) as console:
                yield await _looked_up(console, event_id(event), what, note)
        store.close()


def event_id(number: int) -> str:
    """An id."""
    return f"0190{number >> 16:04x}-{number & 0xFFFF:04x}-7000-8000-{number:012x}"


def filled(store: AuditStore, events: int) -> float:
    """Seconds of CPU to take events over, rows written as a service writes them."""
    spent = 0.0
    for number in range(events):
        record, evidence = decided(number)
        began = time.process_time()
        store.lives.take(record, evidence, SAME)
        if number % AT_ONCE == AT_ONCE - 1 or number == events - 1:
            store.write({}, topics.PARTITIONS, begun(REALM), ())
        spent += time.process_time() - began
    return spent


def decided(number: int) -> tuple[Inbound, bytes]:
    """A record and its evidence, as far as rows are made of them."""
    event, at = event_id(number), kit.NOW + number
    issuer, first, second = (
        f"urn:relais:{REALM}:desk:edu-{(number * factor) % DESKS}" for factor in (1, 3, 7)
    )
    claims = {"sub": token(number), "iss": issuer, "etype": "IP", "iat": at, "jti": event}
    effects: list[dict[str, Any]] = [
        {"k": "duty_opened", "sub": token(number), "duty": _duty(event, issuer, desk, act, at)}
        for desk, act in ((first, "ACK"), (second, "R39"))
    ]
    effects.append(
        {"k": "stage", "sub": token(number), "jti": event, "desk": first, "stage": "received"}
    )
    if number % 10 == 0:
        late = effects[0]["duty"]["id"]
        effects.append({"k": "duty_overdue", "sub": token(number), "id": late, "at": at})
    released = {"desk": first, "verdict": "release", "clause": "R01", "released": {"FACTS": "R01"}}
    withheld = {"desk": second, "verdict": "withhold", "reasons": ["no_clause"]}
    decision = {"refused": False, "chain": "ok", "addressees": [released, withheld]}
    cover = f"e30.{b64u(canonical(claims))}.e30"
    evidence = canonical({"cover": cover, "decision": decision, "effects": effects, "heads": []})
    record = {
        "realm": REALM, "partition": 0, "index": number, "at": at, "kind": "decided",
        "evd": b64u(sha256(evidence)), "outs": ["x", "y"],
    }  # fmt: skip
    value = canonical(record)
    return Inbound(topics.decisions(REALM), 0, number, b"", value, (), at * 1000), evidence


def _duty(event: str, issuer: str, debtor: str, act: str, at: int) -> dict[str, Any]:
    return {
        "id": f"{event}/{act}/{debtor.rpartition(':')[2]}/1", "acts": [act], "stages": [], "final": False,
        "debtor": debtor, "creditor": issuer, "due": at + 86_400, "legal": True,
    }  # fmt: skip


def opened(folder: Path, store: AuditStore) -> OpenConsole:
    """A console whose auditor has these rows."""
    followed = SimpleNamespace(
        realm=REALM, lives=store.lives, registry=begun(REALM), records=EVENTS, read=kit.NOW, alarms=0
    )  # fmt: skip
    answers = LogAnswers(
        [cast("Following", followed)], folder, lambda: kit.NOW, lambda _realm: None
    )
    asked = AskedProjection(SharedSecrets({REALM: SECRETS[REALM]}), answers)
    transport = httpx.ASGITransport(Starlette(routes=asked.routes))
    console = OpenConsole(folder, BUSY, None, {"audit": URL}, transport)
    console.routes.asked._look_ups = Attempts(10_000, event_page.LOOK_UPS_S)
    projection.FRESH_S = -1  # type: ignore[misc]  # each load asks the auditor anew
    return console


async def _page(console: OpenConsole, page: Any, note: str) -> Figure:
    role = next(role for role in READERS if page in pages_of(role))
    async with console.as_(role) as browser:
        path, spent = "/" if page == "overview" else f"/{page}", []
        for _ in range(ROUNDS):
            began = time.process_time()
            answer = await browser.get(path)
            spent.append(1000 * (time.process_time() - began))
            assert answer.status_code == httpx.codes.OK
    return Figure(f"page {page}", "ms of CPU", tuple(spent), f"as {role}; {note}")


async def _looked_up(console: OpenConsole, event: str, what: str, note: str) -> Figure:
    spent = []
    async with console.as_("auditor") as browser:
        for _ in range(ROUNDS):
            began = time.process_time()
            with capture_logs():
                answer = await look_up(browser, event)
            spent.append(1000 * (time.process_time() - began))
            assert ("à qui" in answer.text or "Whom it reached" in answer.text) or "not" in what
    return Figure(f"looks up {what}", "ms of CPU", tuple(spent), f"form and answer; {note}")
