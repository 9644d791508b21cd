"""A process's own files, delivered as a folder.

A second delivery writes what changed and removes what is gone, so that a key destroyed in the home is
destroyed in its parcel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from services.operate.home.keys import private_folder, write_secret

Parcel = Mapping[str, bytes]  # path within the process's folder -> content


def deliver(folder: Path, parcel: Parcel, user: int | None = None) -> int:
    """Make a folder hold exactly a parcel; how many files were written or removed.

    Args:
        user: id of who alone may read it, when root delivers.
    """
    changed = 0
    for path in _strays(folder, parcel):
        path.unlink()
        changed += 1
    for name, content in parcel.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.unlink(missing_ok=True)
            write_secret(path, content)
            changed += 1
    folder.chmod(0o700)
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)
    return changed


def _strays(folder: Path, parcel: Parcel) -> list[Path]:
    private_folder(folder)
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    return [path for path in files if str(path.relative_to(folder)) not in parcel]
