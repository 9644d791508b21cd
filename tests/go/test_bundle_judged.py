"""The tree part of a bundle, judged by others' programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from contracts.encoding import leaf_hash
from contracts.vocabulary import topics
from tests.go.judge import Judge
from tests.services.audit.bundle.memory_log import small_world
from tests.services.audit.bundle.test_end_proofs import proved
from tests.services.audit.bundle.test_heads import home
from tests.services.audit.bundle.test_verdict import typed_from_page

__all__ = ["home"]  # a fixture


def test_others_accept_what_the_page_takes_out(
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
    answer, other = judge.proofs(policy, [proof, proof.replace(b"\n3\n", b"\n5\n", 1)])
    assert (answer, other.split()[0]) == ("accepted entry", "refused")
