"""Writing a bundle: what logs say, what a verdict needs, and the auditor's signature."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from contracts.keys.keyring import Signer
from contracts.log.orders.order import Owners
from contracts.vocabulary import topics
from services.audit.bundle.archive import new_member
from services.audit.bundle.lines import line_of
from services.audit.bundle.manifest import (
    MANIFEST,
    ListedFile,
    Manifest,
    Realm,
    closing,
    records_file,
    signer_of,
)
from services.audit.bundle.realm_export import RealmExport
from services.audit.source import LogSource
from services.platform.process.durable_file import replaced, unwritable

Progress = Callable[[int], None]  # records written


@dataclass(frozen=True)
class ExportRequest:
    """What is asked for.

    Attributes:
        now: the routers' clock, seconds.
        program: name and version of what writes.
        heads: checkpoints that were published before, and their policies, by name.
    """

    source: LogSource
    realms: Sequence[Realm]
    owners: Owners
    signer: Signer
    now: int
    program: str
    heads: Mapping[str, bytes] = field(default_factory=dict)


def export(request: ExportRequest, path: Path, progress: Progress = lambda _done: None) -> int:
    """Write a bundle and return its number of decisions; one that was there stays or is replaced.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `auditor_not_ed25519`, `bundle_unwritable`.
    """
    try:
        with replaced(path) as file, ZipFile(file, "w") as archive:
            return asyncio.run(_Export(request, archive, progress).write())
    except OSError as error:
        raise unwritable(path, "bundle_unwritable", error) from None


class _Export:
    """Writes a bundle's files, each with its digest."""

    def __init__(self, request: ExportRequest, archive: ZipFile, progress: Progress) -> None:
        self._request = request
        self._archive = archive
        self._progress = progress
        self._files: list[ListedFile] = []
        self._records = 0

    async def write(self) -> int:
        """Write all of them; the number of decisions."""
        request = self._request
        signer = signer_of(request.signer)
        async with AsyncExitStack() as stack:
            parts = await self._ended(stack)
            for part in parts:
                await self._write_realm(part)
        for name, data in request.heads.items():
            with self._file(name) as write:
                write(data)
        manifest = Manifest(
            bundle=1,
            program=request.program,
            realms=tuple(sorted(request.realms)),
            # Records may come meanwhile.
            asked_at=max(request.now, *(closing(part.closed_at) for part in parts)),
            signer=signer,
            files=tuple(self._files),
        )
        with new_member(self._archive, MANIFEST) as write:
            write(manifest.sign(request.signer))
        return sum(part.decisions for part in parts)

    async def _ended(self, stack: AsyncExitStack) -> list[RealmExport]:
        """Every realm, with where its topics end: all of them settle together."""
        parts, source = [], self._request.source
        for realm in sorted(self._request.realms):
            control, reader = source.control(realm, self._request.owners), source.reader(realm)
            stack.push_async_callback(control.stop)
            stack.push_async_callback(reader.stop)
            await control.start()
            await reader.start()
            part = RealmExport(realm, reader, control)
            await part.end(topics.decisions(realm))
            await control.refresh()  # each order that these records follow, and those since
            parts.append(part)
        await asyncio.sleep(source.settle_s)
        for part in parts:
            await part.end(topics.evidence(part.realm))
        await asyncio.sleep(source.settle_s)
        return parts

    async def _write_realm(self, part: RealmExport) -> None:
        async for place, records in part.files():
            async with aclosing(records):  # before its reader stops, if a disk is full
                with self._file(records_file(place)) as write:
                    async for record in records:
                        write(line_of(record))
                        self._records += 1
                        self._progress(self._records)

    @contextmanager
    def _file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Begin a file, which the manifest lists with its size and digest."""
        size, digest = 0, hashlib.sha256()
        with new_member(self._archive, name) as write_member:

            def write(data: bytes) -> None:
                nonlocal size
                write_member(data)
                digest.update(data)
                size += len(data)

            yield write
        self._files.append(ListedFile(name=name, size=size, sha256=digest.hexdigest()))
