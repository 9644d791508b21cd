"""Writing a bundle: what logs say, what a verdict needs, and the auditor's signature."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import UsageError
from contracts.keys.keyring import Signer
from contracts.log.orders.order import Owners
from contracts.proof.note import MAX_NOTE_BYTES
from services.audit.bundle import about
from services.audit.bundle.adopted_files import adopted_files
from services.audit.bundle.bundle_writer import BundleWriter
from services.audit.bundle.contents import check_contents, ends_of
from services.audit.bundle.head_proofs import CHECKPOINT, FOLDER, LeftOut, with_proofs
from services.audit.bundle.manifest import (
    ALGORITHMS,
    KEY,
    MANIFEST,
    SIGNATURE,
    Manifest,
    Realm,
    closing,
    pem,
    read_manifest,
    signer_of,
)
from services.audit.bundle.realm_export import RealmExport
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import opened
from services.audit.source import LogSource
from services.platform.process.durable_file import replaced, unwritable
from services.platform.tree.published_log import LogFiles

Progress = Callable[[int], None]  # records written


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for.

    Attributes:
        now: the routers' clock, seconds.
        program: name and version of what writes.
        after: a bundle that this one follows.
        heads: checkpoints that were published before, and their policies, by name.
        logs: realm -> where its logs lie, out of which records are proved to stand under them.
        left_out: is told of a checkpoint that cannot be taken along, or not with proofs.
    """

    source: LogSource
    realms: Sequence[Realm]
    owners: Owners
    signer: Signer
    now: int
    program: str
    after: Path | None = None
    heads: Mapping[str, bytes] = field(default_factory=dict)
    logs: Mapping[str, LogFiles] = field(default_factory=dict)
    left_out: LeftOut = lambda _realm, _partition, _error: None


def export(request: ExportRequest, path: Path, progress: Progress = lambda _done: None) -> Manifest:
    """Write a bundle; one that was there is replaced whole or stays; never the one before.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `bundle_unwritable`, `bundle_unlinked`, `bundle_too_large`; what reading the
            bundle before raises.
    """
    if request.after is not None and path.exists() and path.samefile(request.after):
        followed = "the bundle that this one would follow"
        raise UsageError("bundle_unwritable", followed, "another file", str(path))
    wanted = _ends_before(request)
    try:
        with replaced(path) as file:
            writer = BundleWriter(file)
            return asyncio.run(_written(request, writer, wanted, progress))
    except OSError as error:
        raise unwritable(path, "bundle_unwritable", error) from None


async def _written(
    request: ExportRequest,
    writer: BundleWriter,
    wanted: Mapping[str, dict[int, str]],
    progress: Progress,
) -> Manifest:
    writer.add(KEY, pem(request.signer.public))
    adopted: dict[str, bytes] = {}
    before = _heads_before(request)
    done, closed_at = 0, request.now

    def told(records: int) -> None:
        nonlocal done
        done += records
        progress(done)

    async with AsyncExitStack() as stack:
        for part in await _ended(request, writer, wanted, stack):
            await part.write(told)
            if part.wanted:
                raise unlinked(part.realm, min(part.wanted), request.after)
            adopted |= adopted_files(part.registry) | _heads(request, part, before)
            closed_at = max(closed_at, closing(part.closed_at))  # records may come meanwhile
    manifest = _manifest(request, writer, closed_at)
    for name, data in sorted((adopted | about.pages(manifest, adopted)).items()):
        writer.add(name, data)
    manifest = manifest.model_copy(update={"files": tuple(writer.files)})
    text = manifest.text()
    writer.add(MANIFEST, text, listed=False)
    writer.add(SIGNATURE, request.signer.sign(text), listed=False)
    writer.close()
    return manifest


async def _ended(
    request: ExportRequest,
    writer: BundleWriter,
    wanted: Mapping[str, dict[int, str]],
    stack: AsyncExitStack,
) -> list[RealmExport]:
    """Every realm, with where its topics end: all of them settle together."""
    parts, source = [], request.source
    for realm in sorted(request.realms):
        control, reader = source.control(realm, request.owners), source.reader(realm)
        stack.push_async_callback(control.stop)
        stack.push_async_callback(reader.stop)
        await control.start()
        await reader.start()
        part = RealmExport(realm, reader, writer, control, wanted[realm])
        await part.end("decisions")
        await control.refresh()  # each order that these records follow, and those that came since
        parts.append(part)
    await asyncio.sleep(source.settle_s)
    for part in parts:
        await part.end("evidence")
    await asyncio.sleep(source.settle_s)
    return parts


def _heads(
    request: ExportRequest, part: RealmExport, before: Mapping[str, bytes]
) -> dict[str, bytes]:
    """A realm's checkpoints and policy, with what leads to them from its records."""
    own = {
        name: data
        for name, data in request.heads.items()
        if name.startswith((f"{FOLDER}/{part.realm}-", f"{FOLDER}/{part.realm}."))
    }
    log = request.logs.get(part.realm)
    if log is None:
        return own
    return with_proofs(
        own, part.realm, range(part.registry.partitions), log, before, request.left_out
    )


def _heads_before(request: ExportRequest) -> dict[str, bytes]:
    """The checkpoints of the bundle that this one follows, by name."""
    if request.after is None:
        return {}
    with opened(request.after) as file:
        return {
            name: file.content(name, MAX_NOTE_BYTES)
            for name in file.members
            if name.startswith(f"{FOLDER}/") and name.endswith(CHECKPOINT)
        }


def unlinked(realm: str, partition: int, path: Path | None) -> UsageError:
    """That a bundle has not what the one before it ends with."""
    got = f"{realm}, partition {partition} without the record that it ends with"
    return UsageError("bundle_unlinked", got, "a bundle that goes on from it", str(path or ""))


def sha256_of(path: Path) -> str:
    """The digest of a file, in hexadecimal, as `sha256sum` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ends_before(request: ExportRequest) -> dict[str, dict[int, str]]:
    """Realm -> partition -> the leaf that the bundle before ends with, as its records have it."""
    if request.after is None:
        return {realm: {} for realm in request.realms}
    with opened(request.after) as file:
        before = BundleLog(file, read_manifest(file))
        check_contents(before)
        return {realm: ends_of(before, realm) for realm in request.realms}


def _manifest(request: ExportRequest, writer: BundleWriter, closed_at: int) -> Manifest:
    return Manifest(
        bundle=1,
        program=request.program,
        algorithms=ALGORITHMS,
        realms=tuple(sorted(request.realms)),
        asked_at=closed_at,
        after=sha256_of(request.after) if request.after is not None else None,
        signer=signer_of(request.signer),
        places=tuple(writer.places),
        files=tuple(writer.files),
    )
