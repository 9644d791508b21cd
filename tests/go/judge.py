"""Asks the judge: a program of other people's code about what ours has made."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from contracts.proof.note import parse_note
from contracts.proof.note_keys import NoteKey
from tests.patience import PATIENCE


def turned(note: bytes, at: int) -> bytes:
    """A note of which one signature has one bit another one."""
    told = parse_note(note)
    lines = list(told.signatures)
    raw = lines[at].signature
    lines[at] = replace(lines[at], signature=raw[:-1] + bytes([raw[-1] ^ 1]))
    return replace(told, signatures=tuple(lines)).data


class Judge:
    """The program, and a folder to hand files over in."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def proofs(self, policy: str, proofs: Iterable[bytes]) -> list[str]:
        """What torchwood says of each proof with its entry: `accepted …` or `refused …`."""
        files = []
        for number, proof in enumerate(proofs):
            files.append(self._folder / f"{number}.tlog-proof")
            files[-1].write_bytes(proof)
        return self._ask("proof", policy, files)

    def tiles(self, key: NoteKey, places: Iterable[Path]) -> list[str]:
        """What Tessera says of each log: `accepted <size> <root in hexadecimal>` or `refused …`."""
        return self._ask("tiles", key.vkey, places)

    def log(self, policy: str, secret: str, folder: Path) -> str:
        """What a log of Tessera's comes to with a policy: `accepted <checkpoint>` or `refused`."""
        folder.with_name(f"{folder.name}.key").write_text(secret)
        return self._ask("log", policy, [folder])[0]

    def _ask(self, kind: str, rule: str, given: Iterable[Path]) -> list[str]:
        """What is said of each file under a policy or key, which is handed over in a file too."""
        file = self._folder / "rule"
        file.write_text(rule)
        command: list[str | Path] = [self._program, kind, file, *given]
        told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        return told.stdout.splitlines()
