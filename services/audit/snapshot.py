"""Where a replay stood, as one file: what `audit replay --save` writes and `--from` goes on behind.

JSON lines, one a thing, so that no more than one is held beside the state itself. The first says
`{"relais-audit": 1}`. Of each realm: its findings, the event ids decided so far, and of each partition how
far it was read, its counts and its state's rows; `[]` ends each list. The last is the digest of all lines
before. It is the auditor's own and nobody's proof: who can write to it can say
anything. It holds case tokens, event ids and urns, as the log does, no content and no key.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from contracts.decision.state import State
from contracts.decision.state_rows import rows, tail_from, tail_json
from contracts.decision.state_sum import state_from
from contracts.errors import Phrase, UsageError
from contracts.log.finding import AuditFinding, Tally
from services.platform.process.os_errors import why
from services.texts import Catalogue

_ = Catalogue(__name__)

FORMAT: Final = "relais-audit"
VERSION: Final = 1
_END: Final[list[Any]] = []  # of findings, of ids, of a partition's rows
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass
class Stand:
    """Where the replay of one partition stood.

    Attributes:
        evidence, decisions: offsets after the last that was read; None if there was none.
        last: offset of the record that the state ends with; None: the one before `decisions`.
    """

    evidence: int | None
    decisions: int | None
    state: State = field(default_factory=State)
    tally: Tally = field(default_factory=Tally)
    last: int | None = None


@dataclass
class RealmSnapshot:
    """Where the replay of a realm stood.

    Attributes:
        ids: event id -> partition that decided it.
        stands: of each partition.
    """

    findings: list[AuditFinding]
    ids: MutableMapping[str, int]
    stands: list[Stand]


def check_target(path: Path) -> None:
    """That a snapshot can be written here, tried before a replay of hours.

    Raises:
        UsageError: `snapshot_unwritable`.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError
        new = _new(path)
        _created(new).close()
        new.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None


def save(path: Path, realms: Mapping[str, RealmSnapshot]) -> None:
    """Write a snapshot, readable by its owner alone; one that was there is replaced whole.

    Raises:
        UsageError: `snapshot_unwritable`; one that was there is left as it was.
    """
    new, told = _new(path), hashlib.sha256()
    try:
        with _created(new) as file:
            for value in _lines(realms):
                line = orjson.dumps(value) + b"\n"
                told.update(line)
                file.write(line)
            file.write(_digest_line(told.hexdigest()))
            file.flush()
            os.fsync(file.fileno())  # else a crash could leave the new name without its content
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise _unwritable(path, error) from None


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _created(new: Path) -> BinaryIO:
    """A file that was not there, and not what a link of another's leads to."""
    new.unlink(missing_ok=True)
    return os.fdopen(os.open(new, _CREATE, 0o600), "wb")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError("snapshot_unwritable", why(error), _("a file that can be written"), str(path))


def read(path: Path) -> dict[str, RealmSnapshot]:
    """Read a snapshot, line by line: first whether it is whole, then what it says.

    Raises:
        UsageError: `snapshot_missing`; `snapshot_malformed`: cut off, altered, or of another version.
    """
    try:
        with path.open("rb") as file:
            if not _is_whole(file):
                raise _malformed(path, _("another digest"))
            file.seek(0)
            values = map(orjson.loads, file)
            if next(values) != {FORMAT: VERSION}:
                raise _malformed(path, _("another version"))
            realms = {}
            for value in values:
                if "sha256" not in value:
                    realms[value["realm"]] = _realm(value, values)
            return realms
    except OSError as error:
        raise UsageError(
            "snapshot_missing", why(error), _("what --save wrote"), str(path)
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError, StopIteration, LookupError):
        raise _malformed(path, _("another form")) from None


def _is_whole(file: BinaryIO) -> bool:
    """Whether the last line is the digest of all before."""
    told, last = hashlib.sha256(), b""
    for line in file:
        told.update(last)
        last = line
    return last == _digest_line(told.hexdigest())


def _digest_line(told: str) -> bytes:
    return orjson.dumps({"sha256": told}) + b"\n"


def _lines(realms: Mapping[str, RealmSnapshot]) -> Iterator[Any]:
    yield {FORMAT: VERSION}
    for realm, snapshot in realms.items():
        yield {"realm": realm, "partitions": len(snapshot.stands)}
        yield from map(asdict, snapshot.findings)
        yield _END
        yield from snapshot.ids.items()
        yield _END
        for stand in snapshot.stands:
            yield {
                "evidence": stand.evidence, "decisions": stand.decisions,
                "tally": asdict(stand.tally), "tail": tail_json(stand.state.tail),
            }  # fmt: skip
            for name, key, value in rows(stand.state):
                yield name, b64encode(key).decode(), b64encode(value).decode()
            yield _END


def _realm(value: Any, values: Iterator[Any]) -> RealmSnapshot:
    findings = [AuditFinding(**finding) for finding in _part(values)]
    ids = dict(_part(values))
    stands = [_stand(next(values), values) for _number in range(value["partitions"])]
    return RealmSnapshot(findings, ids, stands)


def _stand(value: Any, values: Iterator[Any]) -> Stand:
    state_rows = ((name, b64decode(key), b64decode(row)) for name, key, row in _part(values))
    state = state_from(tail_from(value["tail"]), state_rows)
    return Stand(value["evidence"], value["decisions"], state, Tally(**value["tally"]))


def _part(values: Iterator[Any]) -> Iterator[Any]:
    """The lines up to the next end of a part; the file's last line, a digest, fits in none."""
    return iter(values.__next__, _END)


def _malformed(path: Path, got: Phrase) -> UsageError:
    expected = _("a {form} file, version {version}").of(form=FORMAT, version=str(VERSION))
    return UsageError("snapshot_malformed", got, expected, path.name)
