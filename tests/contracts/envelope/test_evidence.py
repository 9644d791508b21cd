"""What an auditor accepts of the evidence: the same event, or an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.encoding import b64u
from contracts.envelope.verify import cover_from_evidence, event_from_evidence
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

Heads = list[dict[str, str]]
EVENT = kit.route(kit.inbound(kit.three_addressees())).event
HEADS: Heads = [{"head": head.head, "rest": head.rest} for head in EVENT.heads]
DIRECTORY = kit.realm().directory


def test_evidence_gives_the_event_back() -> None:
    """Whatever the order in which heads were kept, without ciphertext."""
    assert event_from_evidence(EVENT.token, HEADS[::-1], DIRECTORY) == EVENT
    assert cover_from_evidence(EVENT.token, DIRECTORY) == EVENT.cover


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda heads: heads.pop(), "part_missing"),
        (lambda heads: heads.append(heads[0] | {"rest": b64u(bytes(32))}), "part_unlisted"),
        (lambda heads: heads[0].update(head=heads[1]["head"]), "part_missing"),
        (lambda heads: heads[0].update(head="e30"), "wrong_header_keys"),
        (lambda heads: heads[0].update(head="e30."), "wrong_segments"),
        (lambda heads: heads[0].update(rest="="), "base64_not_canonical"),
    ],
)
def test_altered_heads(change: Callable[[Heads], object], code: str) -> None:
    """P commits to head and rest; nothing can be added, taken away or exchanged."""
    heads = [dict(head) for head in HEADS]
    change(heads)

    with refused(code):
        event_from_evidence(EVENT.token, heads, DIRECTORY)
