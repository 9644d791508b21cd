"""How a federation is at one instant: values, without words; made of what its parts answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.vocabulary.scopes import REALMS
from services.operate.status.ask import Answer, KeptBy
from services.platform.process.side_by_side import NoAnswer

INFO: Final = "relais_service_info"
RESIDENT: Final = "process_resident_memory_bytes"
EXPIRES: Final = "tls_expires_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One process.

    Attributes:
        role: education, routing, audit …; empty if it did not answer.
        why: what it says against being ready, and of what it warns: codes, loops that stand still.
        lag: records that it has left to read, up to the high watermark.
        progress: loop -> when it last got on, seconds.
        started: seconds; None: unknown.
        restarts: since whoever watches over it was started; None: nobody counts.
        memory, limit: bytes; None: unknown, no limit.
    """

    name: str
    url: str
    answers: bool
    ready: bool
    role: str = ""
    version: str = ""
    why: tuple[str, ...] = ()
    lag: int = 0
    progress: Mapping[str, float] = field(default_factory=dict)
    started: float | None = None
    restarts: int | None = None
    memory: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class TopicState:
    """One topic, as the brokers describe it.

    Attributes:
        copies: that each of its partitions should have.
        behind: partitions with a copy away or out of step.
        leaderless: partitions that nobody can write to.
    """

    name: str
    partitions: int
    copies: int
    behind: int
    leaderless: int


@dataclass(frozen=True, slots=True)
class KafkaState:
    """The brokers, as they describe themselves.

    Attributes:
        why: code of why nothing is known; empty if they answered.
        brokers: address of each that the others know of.
        silent: addresses at which nobody answers.
        away: numbers of those that have copies and are not known any more.
        behind: partitions with a copy away or out of step.
        topics: ours, by name.
    """

    why: str = ""
    brokers: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    away: tuple[int, ...] = ()
    behind: int = 0
    topics: tuple[TopicState, ...] = ()


@dataclass(frozen=True, slots=True)
class RealmState:
    """One bus, summed over its services; an instant is seconds, None where nobody says it.

    Attributes:
        shards: ordered, and those that answer now.
        partitions: of the realm, and those for which a shard answers.
        kept: in quarantine, to be ruled on; None: no router has told.
        put_aside: code and agency -> how many since routing started.
        kept_by: what is to be ruled on, by code and issuer, where an auditor was asked and said so.
        audited: instant of the newest record that was audited.
        checkpoint: when the newest head was published, of the partition where that is longest ago.
        cosigned: witnesses of that head, and how many are needed.
        duties: role -> open and overdue.
        directory, keys: when the directory expires, and the first desk has no key left.
    """

    shards: tuple[int, int] = (0, 0)
    partitions: tuple[int, int] = (0, 0)
    kept: int | None = None
    put_aside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    kept_by: tuple[KeptBy, ...] = ()
    audited: float | None = None
    checkpoint: float | None = None
    cosigned: tuple[int, int] | None = None
    duties: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    directory: float | None = None
    keys: float | None = None


@dataclass(frozen=True, slots=True)
class FederationState:
    """All of it.

    Attributes:
        at: instant of the look, seconds since 1970 by the machine's clock.
        ahead: seconds by which the bus's own time is before it, where a home has moved it.
        certificates: service and kind -> when it expires.
        drift: kind -> differences, and when they were looked for; empty: never.
    """

    at: float
    ahead: int
    services: tuple[ServiceState, ...]
    kafka: KafkaState
    realms: Mapping[str, RealmState]
    certificates: Mapping[tuple[str, str], float]
    drift: Mapping[str, tuple[float, float]]
    answers: tuple[Answer, ...] = field(default=(), repr=False)

    @property
    def unheard(self) -> tuple[str, ...]:
        """Whom this process asked, too starved itself to hear: nothing is known of them."""
        late = (service.name for service in self.services if NoAnswer.LATE in service.why)
        return (*late, *(("kafka",) if self.kafka.why == NoAnswer.LATE else ()))

    @property
    def refused(self) -> bool:
        """Whether nothing listens where services and brokers did last: all was stopped."""
        return bool(self.kafka.why) and all(one.why == ("refused",) for one in self.services)

    @property
    def bus_time(self) -> float:
        """The instant by which the bus itself judges."""
        return self.at + self.ahead


def service_state(answer: Answer, restarts: int | None = None) -> ServiceState:
    """What one answer says."""
    if answer.ready is None:
        return ServiceState(
            answer.service, answer.url, answers=False, ready=False, why=(answer.why,),
            restarts=restarts,
        )  # fmt: skip
    said, samples = answer.ready, answer.samples
    info = next((labels for labels, _ in samples.rows.get(INFO, ())), {})
    loops = said.get("loops", {})
    why = [said.get("failure", ""), *(name for name, loop in loops.items() if loop.get("stalled"))]
    return ServiceState(
        answer.service, answer.url, answers=True, ready=said.get("ready") is True,
        role=info.get("service", ""), version=info.get("version", ""),
        why=tuple(code for code in (*why, *said.get("warnings", ())) if code),
        lag=int(samples.total("lag")),
        progress={
            labels["loop"]: at for labels, at in samples.of("last_progress_timestamp_seconds")
        },
        started=samples.value("relais_started_timestamp_seconds"),
        restarts=restarts,
        memory=_whole(samples.value(RESIDENT)),
        limit=_whole(samples.value("relais_memory_limit_bytes")),
    )  # fmt: skip


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def realm_state(realm: str, answers: Sequence[Answer]) -> RealmState:
    """One bus, of what all services say of it."""
    told = [answer.samples for answer in answers if answer.ready is not None]

    def values(name: str) -> list[float]:
        rows = (row for samples in told for row in samples.of(name))
        return [value for labels, value in rows if labels.get("realm") == realm]

    def sums(name: str, *labels: str) -> dict[tuple[str, ...], int]:
        total: Counter[tuple[str, ...]] = Counter()
        for samples in told:
            for key, value in samples.by(name, "realm", *labels).items():
                if key[0] == realm:
                    total[key[1:]] += int(value)
        return dict(total)

    def least(name: str) -> float | None:
        return min(values(name), default=None)

    late = sums("duties_overdue", "role")
    owned = [samples.by("cases", "realm", "partition") for samples in told]
    return RealmState(
        shards=(int(max(values("layout_shards"), default=0)), len(values("layout_shards"))),
        partitions=(
            int(max(values("partitions"), default=0)),
            len({partition for own in owned for name, partition in own if name == realm}),
        ),
        kept=int(sum(backlog)) if (backlog := values("quarantine_backlog")) else None,
        put_aside={(code, agency): n for (code, agency), n in sums("quarantined_total", "code",
        "agency").items()},
        audited=least("audited_timestamp_seconds"),
        checkpoint=least("checkpoint_timestamp_seconds"),
        cosigned=_cosigned(least("checkpoint_cosignatures"), least("checkpoint_quorum")),
        duties={role: (n, late.get((role,), 0)) for (role,), n in sums("duties_open",
        "role").items()},
        directory=least("directory_expires_timestamp_seconds"),
        keys=least("keys_end_timestamp_seconds"),
    )  # fmt: skip


def _cosigned(own: float | None, needed: float | None) -> tuple[int, int] | None:
    return None if own is None or needed is None else (int(own), int(needed))


def _foldable(answer: Answer) -> Answer:
    """An answer; one with labels or members of no service is unreadable, and hides none."""
    try:
        said = service_state(answer).why
        for realm in REALMS:
            realm_state(realm, [answer])
        rows = (answer.samples.of(name) for name in ("lag", "open_transaction_seconds"))
        topics = [labels["topic"] for some in rows for labels, _ in some]
        kinds = [labels["kind"] for labels, _ in answer.samples.of(EXPIRES)]
        " ".join((*said, *topics, *kinds))  # texts, as they are shown
    except (ValueError, TypeError, KeyError, AttributeError):
        return Answer(answer.service, answer.url, None, why="unreadable")
    return answer


def federation(
    at: float,
    answers: Sequence[Answer],
    kafka: KafkaState,
    drift: Mapping[str, tuple[float, float]],
    restarts: Mapping[str, int],
    ahead: int = 0,
    kept: Mapping[str, tuple[KeptBy, ...]] | None = None,
) -> FederationState:
    """Everything, of what was asked.

    Args:
        restarts: of each service that somebody watches over.
        kept: of each realm, what auditors said of quarantine.
    """
    kept = kept or {}
    answers = [_foldable(answer) for answer in answers]
    rows = [(answer.service, row) for answer in answers for row in answer.samples.of(EXPIRES)]
    return FederationState(
        at,
        ahead,
        tuple(service_state(answer, restarts.get(answer.service)) for answer in answers),
        kafka,
        {
            realm: replace(realm_state(realm, answers), kept_by=kept.get(realm, ()))
            for realm in REALMS
        },
        {(service, labels["kind"]): end for service, (labels, end) in rows},
        drift,
        tuple(answers),
    )
