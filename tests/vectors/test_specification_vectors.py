"""The vectors of the specification: our code makes them, and stock `jose` finds them true."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.patience import PATIENCE
from tests.vectors.specification import FOLDER, files, text

NODE_FOLDER: Final = Path(__file__).parents[1] / "node"


def checked(node: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a program that uses none of our code says of a folder of vectors."""
    return subprocess.run(
        (str(node), "check_vectors.mjs", str(folder)),
        cwd=NODE_FOLDER, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_our_code_makes_the_vectors() -> None:
    """Byte for byte; no file lies there that is not made, and the folder's README names each."""
    made, page = files(), (FOLDER / "README.md").read_text()

    assert {path.name for path in FOLDER.glob("*.json")} == set(made)
    for name, content in made.items():
        assert (FOLDER / name).read_bytes() == text(content), f"{name} differs"
        assert f"`{name}`" in page


@pytest.mark.node
def test_stock_jose_finds_the_vectors_true(node: Path) -> None:
    """Each file, by many checks, with Node's own hashes and npm's `jose`."""
    done = checked(node, FOLDER)

    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert set(counts) == set(files())
    assert min(counts.values()) >= 10


ALTERED: Final[dict[str, tuple[Any, ...]]] = {  # one value of each file
    "encodings.json": ("part_digest", "P"),
    "keyed.json": ("partition", "cases", 0, "partition"),
    "part.json": ("other_order", "part"),
    "part_p256.json": ("part",),
    "signatures.json": ("signatures", 0, "signature"),
    "es256.json": ("signatures", 0, "signature"),
    "directory.json": ("directory",),
    "event.json": ("slip_claims", 0, "purpose"),
    "delivery.json": ("messages", 0, "claims", "nonce"),
    "log.json": ("records", 3, "sig"),
}


@pytest.mark.node
def test_an_altered_vector_is_noticed(node: Path, tmp_path: Path) -> None:
    """The foreign program can fail: one value changed in each file."""
    for name, (*path, last) in ALTERED.items():
        content = inner = json.loads((FOLDER / name).read_bytes())
        for step in path:
            inner = inner[step]
        old = inner[last]
        inner[last] = (
            old + 1
            if isinstance(old, int)
            else old[:-9] + ("A" if old[-9] != "A" else "B") + old[-8:]
        )
        (tmp_path / name).write_text(json.dumps(content))

    done = checked(node, tmp_path)

    assert done.returncode == 1
    assert re.findall(r"^(\S+) does not hold", done.stderr, re.MULTILINE) == [*files()]
