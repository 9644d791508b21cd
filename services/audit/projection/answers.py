"""What is answered to who asks for a role: how far a realm was audited, and an event's life.

Where an event's record stands in its published log is verified here: the console has neither log
nor keys.

    POST /projection/{realm}/event   {"event": "<id>", "role": "auditor"}

It is asked in a body, since an address stands in logs. Limits come before parsing, the id's form
before it is looked up. That an event was looked up is logged with SHA-256 of its id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import digest, parse_json, unb64u
from contracts.errors import LogError, ProofError, RelaisError
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import EVENT_ID
from contracts.proof.checkpoint import Checkpoint, read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import TileHashes, whole_if_gone
from contracts.proof.tree import check_inclusion, inclusion_path
from services.agency.http.json_body import bounded_body
from services.audit.following import Following
from services.audit.lives.rows import ANSWERED
from services.audit.lives.table import Lives
from services.audit.projection.entitled import ROLES, sees_desks, sees_event
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer, problem_response
from services.platform.http.shared_secret import SharedSecrets
from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogFiles, LogInFolder

Policies = Callable[
    [str], TrustPolicy | None
]  # of a realm, as its owners signed it; it may raise `ProofError`

STANDS: Final = "stands"  # the path from the record to the checkpoint's root holds
OTHER: Final = "other"  # it does not: something else is published there
EARLY: Final = "early"  # the checkpoint is of fewer records
UNREAD: Final = "unread"  # nothing is published, or what is cannot be read


def proof_told(folder: Path, realm: str, row: dict[str, Any], policies: Policies) -> dict[str, Any]:
    """Its place, whether the published checkpoint has it, and which witnesses count.

    Args:
        folder: in which the logs lie.
        row: what `lives` has of the event.
    """
    name = f"{realm}-{row['partition']}"
    place = {"log": name, "leaf": row["leaf"], "index": row["index"]}
    log = LogInFolder(folder / name)
    try:
        note = log.read("checkpoint")[: MAX_NOTE_BYTES + 1]
        head = read_checkpoint(note)
        stand = _inclusion(log, head, row["index"], unb64u(row["leaf"]))
    except (UnreachableError, ProofError):  # the service tells why
        return {**place, "size": 0, "inclusion": UNREAD, "cosigned": []}
    cosigned = _cosigned(note, realm, policies) if stand == STANDS else []
    return {**place, "size": head.size, "inclusion": stand, "cosigned": cosigned}


def _inclusion(log: LogFiles, head: Checkpoint, index: int, leaf: bytes) -> str:
    if index >= head.size:
        return EARLY
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    path = inclusion_path(index, head.size, tiles.subtree)
    try:
        check_inclusion(leaf, index, head.size, head.root, path)
    except ProofError:
        return OTHER
    return STANDS


def _cosigned(note: bytes, realm: str, policies: Policies) -> list[str]:
    """Witnesses whose signatures hold; none where they are fewer than the policy asks."""
    try:
        policy = policies(realm)
        return sorted(seen.witness for seen in policy.verify(note).cosigned) if policy else []
    except ProofError:
        return []


Party = Callable[[str], dict[str, str]]  # a desk's urn -> its role, and its name for who sees desks
_PLAIN: Final = ("etype", "kind", "at", "judged", "code", "refused", "told")
_OF_DUTY: Final = ("act", "due", "legal", "status", "late", "since")


def event_told(lives: Lives, event: str, row: dict[str, Any], party: Party) -> dict[str, Any]:
    """The members of an answer that come from the store.

    Args:
        row: what `lives` has of it.
    """
    return {
        **{name: row[name] for name in _PLAIN},
        "issued": row["iat"], "reasons": row["reasons"], "issuer": party(row["iss"]),
        "addressees": [_addressee(each, party) for each in row["addressees"]],
        **_steps(lives.steps(event), party),
        "duties": [_duty(duty, party) for duty in lives.duties(event)],
    }  # fmt: skip


def _duty(duty: dict[str, Any], party: Party) -> dict[str, Any]:
    """A duty with who owes it, and to whom."""
    parties = {name: party(duty[name]) for name in ("debtor", "creditor")}
    return {name: duty[name] for name in _OF_DUTY} | parties


def _steps(steps: list[dict[str, Any]], party: Party) -> dict[str, Any]:
    """What came back: stages, withdrawals and, for consoles that know, the answers."""
    told: dict[str, list[dict[str, Any]]] = {"steps": [], "answers": []}
    for step in steps:
        row = {"at": step["at"], **party(step["desk"])}
        if step["k"] == ANSWERED:
            told["answers"].append({**row, "etype": step["stage"]})
        else:
            told["steps"].append({**row, "k": step["k"], "stage": step["stage"]})
    return told


def _addressee(told: dict[str, Any], party: Party) -> dict[str, Any]:
    """One addressee; scopes, which say what was known of a child, only for who sees desks."""
    who = party(told["desk"])
    row = {**who, "verdict": told["verdict"], "clause": told.get("clause", "")}
    reasons = told.get("reasons", [])
    if who["desk"]:
        scopes = {name: told[name] for name in ("released", "withheld", "left_out")}
        return row | {"reasons": reasons, **scopes}
    withheld = [code for codes in told["withheld"].values() for code in codes]
    return row | {
        "reasons": sorted({*reasons, *withheld}), "released": [], "withheld": {}, "left_out": {},
    }  # fmt: skip


def parties(registry: Registry, now: int, *, desks: bool) -> Party:
    """How desks are named.

    Args:
        now: instant at which the directory is in force, seconds.
        desks: by their names too.
    """
    try:
        directory = registry.directories[registry.in_force(now)[1]]
    except LogError:  # nothing is adopted: nobody has a role
        return lambda urn: {"role": "", "desk": urn.rpartition(":")[2] if desks else ""}

    def party(urn: str) -> dict[str, str]:
        entry = directory.desk(urn)
        role = entry.role if entry is not None else ""
        return {"role": role, "desk": urn.rpartition(":")[2] if desks else ""}

    return party


class LogAnswers:
    """Answers from what realms' audits have read and published; Kafka is not read.

    Args:
        following: of each realm, once it has begun.
        logs: folder in which the logs lie.
        now: the routers' clock, seconds.
        policies: whom to believe on a realm's published log.
    """

    def __init__(
        self,
        following: Sequence[Following],
        logs: Path,
        now: Callable[[], int],
        policies: Policies,
    ) -> None:
        self._following, self._logs, self._now = following, logs, now
        self._policies = policies

    def answer(self, realm: str, role: str, event: str) -> dict[str, Any]:
        """The whole answer; whether an id is unknown or not the role's to see, `event` is None.

        Raises:
            ProblemError: 503 `not_begun`.
        """
        followed = next((each for each in self._following if each.realm == realm), None)
        if followed is None:
            raise ProblemError(503, "not_begun", "no state yet", "a try when the log was begun")
        place = {
            "records": followed.records, "read": followed.read, "alarms": followed.alarms,
            "kept": followed.lives is not None,
        }  # fmt: skip
        return {"place": place, "event": self._event(followed, role, event)}

    def _event(self, followed: Following, role: str, event: str) -> dict[str, Any] | None:
        """The same look-up whether there is such an event or not, whoever asks: one row."""
        lives = followed.lives
        row = lives.life(event) if lives is not None else None
        if lives is None or row is None or not sees_event(role, followed.realm, row["etype"]):
            return None
        party = parties(followed.registry, self._now(), desks=sees_desks(role))
        proof = proof_told(self._logs, followed.realm, row, self._policies)
        return {**event_told(lives, event, row, party), "proof": proof}


MOST_BYTES: Final = 512  # of what is asked
LOOK_UPS: Final = 120  # events in a minute, whoever asks: a stolen secret is no list of events
MINUTE_S: Final = 60.0

log = structlog.get_logger("relais.audit")


class AskedProjection:
    """Answers the console, by a secret a realm.

    Attributes:
        routes: to be served.
    """

    def __init__(self, secrets: SharedSecrets, answers: LogAnswers) -> None:
        self._answers = answers
        self._looked: deque[float] = deque(maxlen=LOOK_UPS)
        self.routes = [secrets.route("/projection/{realm}/event", self._asked, "POST")]

    async def _asked(self, request: Request) -> Response:
        realm = request.path_params["realm"]
        try:
            body = await bounded_body(request.headers, request.stream(), MOST_BYTES)
            role, event = _question(body)
            self._note(realm, role, event)
            return answer(self._answers.answer(realm, role, event))
        except LostRowError:  # the service ends, and begins anew
            return problem_response(ProblemError(503, "store_lost"))
        except (RelaisError, ProblemError) as error:
            return problem_response(error)

    def _note(self, realm: str, role: str, event: str) -> None:
        """Log a look-up, if one more may be made.

        Raises:
            ProblemError: 429 `too_many_look_ups`.
        """
        now = monotonic()
        if len(self._looked) == LOOK_UPS and now - self._looked[0] < MINUTE_S:
            expected = f"at most {LOOK_UPS} in a minute"
            raise ProblemError(429, "too_many_look_ups", "more", expected)
        self._looked.append(now)
        log.info("looked up", realm=realm, role=role, about=digest(event))


def _question(body: bytes) -> tuple[str, str]:
    """Role, and the id of an event.

    Raises:
        EnvelopeError, ProblemError: it is none.
    """
    read = parse_json(body, limit=MOST_BYTES)
    members = read if isinstance(read, dict) else {}
    role, event = (str(members.get(name, "")) for name in ("role", "event"))
    if role not in ROLES or not EVENT_ID.fullmatch(event) or len(members) > 2:
        raise ProblemError(422, "question_malformed", "another question", "role, and an event's id")
    return role, event
