"""What a bundle holds, against its manifest and what any may hold (bundle §2, §4)."""

from __future__ import annotations

import re
from typing import Final

from services.audit.bundle import about, adopted_files, head_proofs
from services.audit.bundle.manifest import KEY, MANIFEST, SIGNATURE, Manifest
from services.audit.bundle.source import BundleLog

MOST_PAGE_BYTES: Final = 1 << 20
_PART: Final = re.compile(r"(.+)/[0-9]{6}\.jsonl")
_HEAD: Final = re.compile(r"(.+)-[0-9]{2}\.(?:checkpoint|end|after)|(.+)\.policy(?:\.jws)?")


def check_contents(bundle: BundleLog) -> None:
    """That a bundle has files of defined names alone, and each partition as the manifest says.

    Raises:
        UsageError: `bundle_malformed`.
    """
    for name in sorted(bundle.file.members):
        if not _is_defined(name, bundle.manifest):
            raise bundle.file.malformed("a file that no bundle has", name)
    folders = [row.folder for row in bundle.manifest.places]
    for row in bundle.manifest.places:
        if row.realm not in bundle.manifest.realms or folders.count(row.folder) > 1:
            raise bundle.file.malformed(f"{row.folder} twice, or of another realm", MANIFEST)
        if bundle.reader(row.realm).held(row) != row:
            got = f"other records, first, end or last than {row.folder} has"
            raise bundle.file.malformed(got, MANIFEST)


def foreign_pages(bundle: BundleLog) -> list[str]:
    """The pages for people that are not as this program makes them: the exporter's own."""
    made = about.pages(bundle.manifest, bundle.file.members)
    return [
        name
        for name in made
        if name in bundle.file.members and bundle.file.content(name, MOST_PAGE_BYTES) != made[name]
    ]


def ends_of(bundle: BundleLog, realm: str) -> dict[int, str]:
    """Of each partition the leaf of its last record; the manifest's, once checked."""
    return {
        row.partition: row.last for row in bundle.manifest.places if row.realm == realm and row.last
    }


def _is_defined(name: str, manifest: Manifest) -> bool:
    if name in {MANIFEST, SIGNATURE, KEY, *about.NAMES.values()}:
        return True
    if name.startswith(f"{adopted_files.FOLDER}/"):
        return True  # made anew from control, and compared
    if name.startswith(f"{head_proofs.FOLDER}/"):
        match = _HEAD.fullmatch(name.removeprefix(f"{head_proofs.FOLDER}/"))
        return match is not None and (match[1] or match[2]) in manifest.realms
    match = _PART.fullmatch(name)
    return match is not None and match[1] in {row.folder for row in manifest.places}
