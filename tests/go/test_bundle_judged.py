"""The tree part of a bundle, judged by others' programs: accepted, refused if altered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from contracts.encoding import leaf_hash
from contracts.proof.note import SignedNote, parse_note
from contracts.vocabulary import topics
from tests.go.judge import Judge
from tests.services.audit.bundle.memory_log import small_world
from tests.services.audit.bundle.test_end_proofs import proved
from tests.services.audit.bundle.test_heads import home
from tests.services.audit.bundle.test_verdict import typed_from_page

__all__ = ["home"]  # a fixture


def altered(proof: bytes) -> dict[str, bytes]:
    """Copies of a proof, each of which is another one."""
    head, _empty, note = proof.partition(b"\n\n")
    first, extra, index, *path = head.split(b"\n")
    signed = parse_note(note)
    lines = signed.signatures

    def made(*lines: bytes, under: bytes = note) -> bytes:
        return b"\n".join(lines) + b"\n\n" + under

    return {
        "entry": made(first, extra[:-8] + b"AAAAAAA=", index, *path),
        "index": made(first, extra, b"index 1", *path),
        "hash": made(first, extra, index, *path[1:], path[0][:-3] + b"AA="),
        "a hash less": made(first, extra, index, *path[:-1]),
        "size": made(first, extra, index, *path, under=note.replace(b"\n3\n", b"\n5\n", 1)),
        "origin": made(first, extra, index, *path, under=note.replace(b"civil-0\n", b"civil-1\n",
        1)),
        "no log": made(first, extra, index, *path, under=SignedNote(signed.text, lines[2:]).data),
        "one witness": made(first, extra, index, *path, under=SignedNote(signed.text,
        lines[:-1]).data),
    }  # fmt: skip


def test_others_accept_what_the_page_takes_out_and_refuse_altered_copies(
    home: Path, judge: Judge, go_program: Callable[..., Path]
) -> None:
    """Each command of the page with `spicy`; then torchwood under the bundle's own policy."""
    tools, path = home / "tools", proved(home)
    tools.mkdir()
    (tools / "spicy").symlink_to(go_program(".", "filippo.io/torchwood/cmd/spicy"))

    lines = typed_from_page(path, str(tools))

    log = small_world().topics[topics.decisions("civil"), 0]
    shown = orjson.loads((home / "bundle" / "record").read_bytes())
    assert f"{shown['index']} {shown['prev']}" in lines
    assert shown["prev"] == leaf_hash(log[shown["index"] - 1].value or b"")
    assert any("verified!" in line for line in lines)
    proof = (home / "bundle" / "record.tlog-proof").read_bytes()
    policy = (home / "bundle" / "record.policy").read_text()
    copies = altered(proof)
    answer, *others = judge.proofs(policy, [proof, *copies.values()])
    assert answer == "accepted entry"
    assert {
        name for name, said in zip(copies, others, strict=True) if not said.startswith("refused")
    } == set()
