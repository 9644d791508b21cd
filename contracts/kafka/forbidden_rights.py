"""A second guard over rights in Kafka: what nobody may have, whatever a convention file says.

It reads neither convention nor the functions that make rights and names: it takes names apart by a
grammar of its own and looks the pair (kind of principal, kind of topic) up in one table. It holds every
result of `contracts.kafka.rights` before a broker is told, and knows:

1. only exact names of ours; no wildcard, no pattern, no cluster right, no operation but READ and WRITE;
2. only principals of ours; `admin`, brokers and `metrics` have no right at all; `console` may DESCRIBE
   topics, groups and the cluster, which nobody else need, and do nothing else;
3. who is of one realm (routing, audit, owners) has nothing in the other;
4. a desk is on a realm's bus only if its role may be there, in the agency that the role has; an
   auditor may be in both, and writes its own outbox alone;
5. an agency reads and writes its own inbox and its own outbox, and reads the control of a realm
   where it has a desk; so who is in both realms has there its own topics alone;
6. a reader of statistics reads the civil topic of its own name, and nothing else;
7. a shard has its own three transactional ids of the newest layout, and may have those of older ones;
   who has not is no shard, and has nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.errors import UsageError
from contracts.kafka.rights import Right
from contracts.keys.directory import Directory
from contracts.vocabulary.scopes import ROLES

READ: Final = "READ"
WRITE: Final = "WRITE"
DESCRIBE: Final = "DESCRIBE"
CONSOLE: Final = "console"

_REALM: Final = r"(?P<realm>civil|criminal)"
_ID: Final = r"[a-z][a-z0-9_-]{0,62}"
_TOPIC: Final = re.compile(
    rf"relais\.{_REALM}\.(?:(?P<log>control|decisions|evidence|quarantine)"
    rf"|(?P<box>inbox|outbox|statistics)\.(?P<whose>{_ID}))"
)
_GROUP: Final = re.compile(rf"relais\.{_REALM}\.routing")
_SHARD_ID: Final = re.compile(
    rf"relais\.{_REALM}\.routing\.(?P<layout>[1-9][0-9]*)\.(?P<shard>[1-5]?[0-9])\.(?P<turn>[abc])"
)
_AGENCY_ID: Final = re.compile(rf"relais\.intake\.(?P<whose>{_ID})\.[abc]")
_OFFICE: Final = re.compile(
    rf"(?P<kind>audit|owners)-{_REALM}|reader-(?P<reader>{_ID})|(?P<shards>routing)-(?P<bus>civil|criminal)-(?P<shard>[1-5]?[0-9])"
)
_RESERVED: Final = re.compile(
    r"(admin|console|metrics|anonymous|broker|routing|audit|owners|reader)([-_].*)?"
)

# Kind of principal -> kind of topic -> operations. Nothing else exists.
_TABLE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "agency": {"inbox": (READ, WRITE), "outbox": (READ, WRITE), "control": (READ,)},
    "routing": {
        "inbox": (WRITE,), "outbox": (READ,), "control": (READ,),
        "decisions": (READ, WRITE), "evidence": (READ, WRITE), "quarantine": (READ, WRITE),
    },
    "audit": {
        "control": (READ,), "decisions": (READ,), "evidence": (READ,), "outbox": (WRITE,),
        "statistics": (READ, WRITE),
    },
    "reader": {"statistics": (READ,)},
    "owners": {"control": (READ, WRITE)},
}  # fmt: skip
# The criminal bus is for inquiry and prosecution alone (rules §2).
_CRIMINAL: Final = {"POL": "police", "PARQ-CRIM": "justice"}


@dataclass(frozen=True, slots=True)
class _Who:
    """A principal taken apart: kind, realm (empty: an agency's are its desks'), shard, name of a reader."""

    kind: str
    realm: str = ""
    shard: int = -1
    reader: str = ""


def guard_rights(
    rights: Iterable[Right], directories: Mapping[str, Directory] | None = None
) -> None:
    """Return if nobody has what he may not.

    Args:
        directories: realm -> directory; given, rules 4 and 5 are held against every desk.

    Raises:
        UsageError: `right_forbidden`, with the right and the rule that it breaks.
    """
    given = list(rights)
    for right in given:
        if right.operation == DESCRIBE:
            _described(right)
    every = [right for right in given if right.operation != DESCRIBE]
    for right in every:
        who = _who(right)
        if right.resource == "topic":
            _topic(right, who)
        elif right.resource == "group":
            _group(right, who)
        elif right.resource == "transactional_id":
            _transactional(right, who)
        else:
            raise _forbidden(right, "no right on the cluster")
    _shards(every)
    if directories is not None:
        _desks(directories)
        for right in every:
            _own(right, directories)


def _forbidden(right: Right, rule: str) -> UsageError:
    got = f"{right.principal}: {right.resource} {right.name} {right.operation}"
    return UsageError("right_forbidden", got, rule)


def _who(right: Right) -> _Who:
    """Rule 2: the kind of a principal."""
    office = _OFFICE.fullmatch(right.principal)
    if office and office["shards"]:
        return _Who("routing", office["bus"], int(office["shard"]))
    if office and office["reader"]:
        return _Who("reader", "civil", reader=office["reader"])
    if office:
        return _Who(office["kind"], office["realm"])
    if _RESERVED.fullmatch(right.principal) or not re.fullmatch(_ID, right.principal):
        raise _forbidden(right, "a principal that may have rights")
    return _Who("agency")


def _described(right: Right) -> None:
    """Rule 2: what operators' console may be told, and nobody besides it needs told."""
    if right.principal != CONSOLE:
        raise _forbidden(right, "to be described to the console alone")
    known = {
        "topic": _TOPIC.fullmatch(right.name), "group": _GROUP.fullmatch(right.name),
        "cluster": right.name == "kafka-cluster",
    }  # fmt: skip
    if not known.get(right.resource):
        raise _forbidden(right, "a topic or group of ours, or the cluster")


def _topic(right: Right, who: _Who) -> None:
    """Rules 1, 3, 5 and 6."""
    name = _TOPIC.fullmatch(right.name)
    if name is None:
        raise _forbidden(right, "the exact name of a topic of ours")
    kind = name["log"] or name["box"]
    if right.operation not in _TABLE[who.kind].get(kind, ()):
        raise _forbidden(right, f"{who.kind} has no such right on {kind}")
    if who.realm and who.realm != name["realm"]:
        raise _forbidden(right, "nothing in the other realm")
    if name["box"] == "statistics":
        if name["realm"] != "civil" or (who.reader or name["whose"]) != name["whose"]:
            raise _forbidden(right, "its own figures, of the civil realm")
        return
    if who.kind == "audit" and name["box"] and name["whose"] != "audit":
        raise _forbidden(right, "its own outbox")
    if who.kind != "agency":
        return
    if name["realm"] == "criminal" and right.principal not in _CRIMINAL.values():
        raise _forbidden(right, "inquiry and prosecution alone in the criminal realm")
    if name["box"] and name["whose"] != right.principal:
        raise _forbidden(right, f"its own {kind}")


def _group(right: Right, who: _Who) -> None:
    name = _GROUP.fullmatch(right.name)
    if name is None or right.operation != READ:
        raise _forbidden(right, "the routing's group, to be read")
    if who.kind != "routing" or who.realm != name["realm"]:
        raise _forbidden(right, "the realm's own routing")


def _transactional(right: Right, who: _Who) -> None:
    shards, agency = _SHARD_ID.fullmatch(right.name), _AGENCY_ID.fullmatch(right.name)
    if right.operation != WRITE or not (shards or agency):
        raise _forbidden(right, "the exact transactional id of ours, to be written with")
    if agency and (who.kind != "agency" or agency["whose"] != right.principal):
        raise _forbidden(right, "its own transactional ids")
    if shards and (who.kind != "routing" or who.realm != shards["realm"]):
        raise _forbidden(right, "the realm's own routing")


def _shards(rights: Iterable[Right]) -> None:
    """Rule 7: of the newest layout each shard has its own three ids, and nobody else's.

    Who lacks them is no shard of that layout, and has nothing at all.
    """
    routing = [(right, who) for right in rights if (who := _who(right)).kind == "routing"]
    for realm in {who.realm for _, who in routing}:
        own = [(right, who) for right, who in routing if who.realm == realm]
        ids = [
            (right, who, shard_id)
            for right, who in own
            if (shard_id := _SHARD_ID.fullmatch(right.name))
        ]
        newest = max((int(shard_id["layout"]) for *_, shard_id in ids), default=0)
        turns: dict[int, set[str]] = {}
        for right, who, shard_id in ids:
            if int(shard_id["layout"]) == newest:
                if int(shard_id["shard"]) != who.shard:
                    raise _forbidden(right, "its own shard's ids of the layout in force")
                turns.setdefault(who.shard, set()).add(shard_id["turn"])
        for right, who in own:
            if turns.get(who.shard) != {"a", "b", "c"}:
                raise _forbidden(right, "a shard of the layout in force")


def _desks(directories: Mapping[str, Directory]) -> None:
    """Rule 4: every desk where its role may be, and in its role's agency."""
    for realm, directory in directories.items():
        for desk in directory.desks.values():
            agency = ROLES.get(desk.role, desk.agency)
            if (desk.role, desk.agency) == ("AUDIT", "audit"):
                continue  # who reads the log, and says so; no clause knows it
            if realm == "criminal" and desk.role not in _CRIMINAL:
                raise UsageError("right_forbidden", f"{desk.role} in {realm}", "POL or PARQ-CRIM")
            if desk.agency != agency or _RESERVED.fullmatch(desk.agency):
                got = f"{desk.role} in {desk.agency}"
                raise UsageError("right_forbidden", got, f"{agency}, a name that is free")


def _own(right: Right, directories: Mapping[str, Directory]) -> None:
    """Rule 5: an agency's rights in a realm come from desks that it has there."""
    name = _TOPIC.fullmatch(right.name)
    if name is None or _who(right).kind != "agency":
        return
    directory = directories.get(name["realm"])
    desks = directory.desks.values() if directory is not None else ()
    if not any(desk.agency == right.principal for desk in desks):
        raise _forbidden(right, "an agency with a desk in the realm")
