"""What an auditor accepts of the evidence: the same event, or an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.encoding import b64u
from contracts.envelope.event import Event
from contracts.envelope.verify import cover_from_evidence, event_from_evidence, verify_published
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

Heads = list[dict[str, str]]
EVENT = verify_published(kit.inbound(kit.three_addressees()), kit.router_context()).event
HEADS: Heads = [{"head": head.head, "rest": head.rest} for head in EVENT.heads]


def again(token: str, heads: Heads) -> Event:
    """Re-derive the event."""
    return event_from_evidence(token, heads, kit.realm().directory)


def test_evidence_gives_the_event_back() -> None:
    """Whatever the order in which heads were kept, without ciphertext."""
    assert again(EVENT.token, HEADS) == EVENT
    assert again(EVENT.token, HEADS[::-1]) == EVENT
    assert cover_from_evidence(EVENT.token, kit.realm().directory) == EVENT.cover


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda heads: heads.pop(), "part_missing"),
        (lambda heads: heads.append(heads[0] | {"rest": b64u(bytes(32))}), "part_unlisted"),
        (lambda heads: heads[0].update(rest=b64u(bytes(32))), "part_missing"),
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
        again(EVENT.token, heads)


def test_an_altered_cover() -> None:
    """The issuer's signature is verified again."""
    with refused("bad_signature"):
        again(EVENT.token[:-8] + "AAAAAAAA", HEADS)


def test_claimed_authorship() -> None:
    """Evidence under another desk's key."""
    hostile = kit.reissue(kit.sample_issue(), lambda claims: None, by=kit.realm().signers["pol"])

    with refused("claimed_authorship"):
        cover_from_evidence(hostile.cover, kit.realm().directory)
