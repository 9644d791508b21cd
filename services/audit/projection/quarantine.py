"""What lies in quarantine, for console and `relais status`: by code, outbox, issuer.

    GET /projection/{realm}/quarantine

Nothing of what was put aside is read: only the log's records and the covers that verified. A cover
stands in evidence where its signature verified: who signed it is known of it then, and of nothing
else. A store
goes on behind what it has read: what was put aside before is looked up in the log once, if anything
    of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import TopicPartition
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.decision.state.state import Kept
from contracts.encoding import b64u, json_object, leaf_hash, segments, sha256, unb64u_checked
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.replay import RealmAudit
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.exit_codes import UnreachableError
from services.platform.settings import AuditSettings


class KeptTold(NamedTuple):
    """Of one input that was put aside.

    Attributes:
        agency: in whose outbox it lay; empty: nobody knows.
        desk: short id of the issuer; empty where its cover did not verify.
    """

    agency: str = ""
    desk: str = ""


def told(
    record: Inbound, evidence: bytes | None, before: Mapping[str, KeptTold]
) -> KeptTold | None:
    """What a record and its evidence tell; None if it puts nothing aside, or is malformed.

    Args:
        before: by leaf, of what was put aside earlier: a release in vain is of the same outbox.
    """
    if b'"quarantined"' not in (record.value or b""):
        return None
    said, beside = json_object(record.value), json_object(evidence)
    if said.get("kind") != "quarantined" or said.get("evd") != b64u(sha256(evidence or b"")):
        return None
    try:
        prefix = topics.outbox(said["realm"], "")
        topic = str(said["src"]["topic"])
        earlier = before.get(str(beside.get("released", "")), KeptTold())
        agency = topic.removeprefix(prefix) if topic.startswith(prefix) else earlier.agency
        return KeptTold(agency, _issuer(beside.get("cover")))
    except (KeyError, TypeError, ValueError, AttributeError, RelaisError):
        return None  # the replay has found it already


def _issuer(token: Any) -> str:
    """Who signed a cover whose signature the replay has verified."""
    if not token:
        return ""
    return short(str(json_object(unb64u_checked(segments(token, 3, "cover")[1]))["iss"]))


MOST_KEPT: Final = 20_000  # that are looked at


@dataclass
class RealmQuarantine:
    """What one realm's audit knows of quarantine.

    Attributes:
        told: by leaf, of what was put aside.
    """

    audit: RealmAudit
    told: dict[str, KeptTold] = field(default_factory=dict)

    def unknown(self) -> dict[str, int]:
        """Leaf -> partition of what is kept and was put aside before this service began."""
        return {leaf: number for number, leaf, _ in self._kept() if leaf not in self.told}

    def note(self, record: Inbound, evidence: bytes | None) -> None:
        """Take note of what a record that was read puts aside."""
        if len(self.told) < 2 * MOST_KEPT and (row := told(record, evidence, self.told)):
            self.told[(record.key or b"").decode("ascii", "replace")] = row

    def groups(self) -> list[dict[str, Any]]:
        """What is to be ruled on: how many of each code, outbox and issuer, and the oldest."""
        kept = list(self._kept())
        here = {leaf for _, leaf, _ in kept}
        if len(kept) < MOST_KEPT:
            self.told = {leaf: row for leaf, row in self.told.items() if leaf in here}
        arrived: dict[tuple[str, KeptTold], list[int]] = {}
        for _, leaf, own in kept:
            if not own.released:
                group = own.code, self.told.get(leaf, KeptTold())
                arrived.setdefault(group, []).append(own.first)
        return [
            {"code": code, **whose._asdict(), "n": len(firsts), "oldest": min(firsts)}
            for (code, whose), firsts in sorted(arrived.items())
        ]

    def _kept(self) -> Iterator[tuple[int, str, Kept]]:
        def every() -> Iterator[tuple[int, str, Kept]]:
            for number, replayer in enumerate(self.audit.replayers):
                if (state := replayer.settled()) is not None:
                    for leaf, kept in state.kept.items():
                        yield number, leaf, kept

        return islice(every(), MOST_KEPT)


class QuarantineProjection:
    """Answers the console, by a secret a realm.

    Attributes:
        routes: to be served.
    """

    def __init__(self, secrets: SharedSecrets) -> None:
        self._realms: dict[str, RealmQuarantine] = {}
        self.routes: list[Route] = [
            secrets.route("/projection/{realm}/quarantine", self._groups),
        ]

    @property
    def realms(self) -> Mapping[str, RealmQuarantine]:
        """What is followed."""
        return self._realms

    def follow(self, audit: RealmAudit) -> None:
        """Take note of what a realm's audit reads from now on."""
        own = self._realms[audit.realm] = RealmQuarantine(audit)
        audit.watchers.append(own.note)

    async def _groups(self, request: Request) -> Response:
        own = self._realms.get(request.path_params["realm"])
        if own is None:
            return problem_response(
                ProblemError(404, "not_read_yet", "a service that starts", "/ready")
            )
        return answer({"groups": own.groups()})


log = structlog.get_logger("relais.audit")


async def recall(settings: AuditSettings, realms: list[RealmQuarantine]) -> None:
    """Look up what every realm keeps and does not know; without Kafka, at the next start."""
    for own in realms:
        if not own.unknown():
            continue
        try:
            async with settings.bus().reader() as reader:
                await recalled(own, reader)
        except UnreachableError as error:
            log.warning("issuers not recalled", realm=own.audit.realm, code=error.code)


async def recalled(own: RealmQuarantine, reader: TopicReader) -> None:
    """Read the realm's log once, and take note of what is unknown.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    realm, wanted = own.audit.realm, own.unknown()
    names = topics.evidence(realm), topics.decisions(realm)
    places = [TopicPartition(name, number) for name in names for number in set(wanted.values())]
    halves: dict[str, dict[str, Inbound]] = {}
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            leaf = (record.key or b"").decode("ascii", "replace")
            if leaf in wanted and leaf not in own.told:
                both = halves.setdefault(leaf, {}) | {record.topic: record}
                halves[leaf] = both
                if len(both) == len(names) and leaf_hash(both[names[1]].value or b"") == leaf:
                    own.note(both[names[1]], both[names[0]].value)
                    del halves[leaf]
