"""A realm's trust policies: who is named, how many cosign; nobody lowers it quietly."""

from __future__ import annotations

from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.encoding import digest
from contracts.errors import ProofError
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import MemorySigner
from contracts.proof.note_keys import SignatureKind, log_signers
from contracts.proof.policy import parse_policy
from contracts.proof.signed_policy import (
    TYP,
    open_policy,
    policy_text,
    read_signed_policy,
    sign_policy,
    usual_quorum,
)
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.contracts.proof.log import AT, ORIGIN, signer

KEEPER = kit.signer("urn:relais:owner:directory", "directory-1")
STRANGER = MemorySigner(KEEPER.kid, KEEPER.owner, Ed25519PrivateKey.from_private_bytes(bytes(32)))
PINNED = kit.pinned(KEEPER)
LOGS = [key.key for key in log_signers(bytes(32), ORIGIN)]
AGENCIES = {
    name: signer(f"relais.test/{name}", SignatureKind.COSIGNATURE, number).key
    for number, name in enumerate(("education", "police", "justice", "child_welfare",
    "association"), 20)
}  # fmt: skip
TEXT = policy_text(LOGS, AGENCIES, 4)


def test_a_policy_says_who_and_how_many() -> None:
    """Read by the reader of the standard's form."""
    policy = open_policy(TEXT, sign_policy(TEXT, "civil", AT, KEEPER), "civil", PINNED, 4)

    assert (policy.logs, policy.witnesses) == (LOGS, AGENCIES)
    assert policy.is_met([*AGENCIES][:4])
    assert not policy.is_met([*AGENCIES][:3])


def test_each_log_has_keys_of_its_own_and_the_same_ones_each_time() -> None:
    """A policy names no public key twice, however many partitions there are."""
    signers = [log_signers(bytes(32), f"relais.test/civil-{number}") for number in range(60)]

    parse_policy(policy_text([key.key for pair in signers for key in pair], AGENCIES, 4))
    assert [key.key for key in log_signers(bytes(32), "relais.test/civil-0")] == [
        key.key for key in signers[0]
    ]


@pytest.mark.parametrize(
    ("data", "by", "realm", "code"),
    [
        (TEXT, STRANGER, "civil", "policy_not_signed"),
        (TEXT, KEEPER, "criminal", "policy_not_signed"),
        (policy_text(LOGS, AGENCIES, 3), KEEPER, "civil", "quorum_lowered"),
        (policy_text(LOGS, dict([*AGENCIES.items()][:3]), 3), KEEPER, "civil", "quorum_lowered"),
        (TEXT.replace(b"quorum agencies", b"quorum none"), KEEPER, "civil", "quorum_lowered"),
        (TEXT.replace(b"quorum agencies", b"quorum police"), KEEPER, "civil", "quorum_lowered"),
    ],
    ids=["a stranger's", "another realm's", "fewer", "fewer of fewer", "none", "one"],
)  # fmt: skip
def test_a_policy_with_a_lower_quorum_is_refused(
    data: bytes, by: MemorySigner, realm: str, code: str
) -> None:
    """Whoever signed it: how many are the least, each reader has pinned."""
    with refused(code):
        open_policy(data, sign_policy(data, realm, AT, by), "civil", PINNED, 4)


def test_what_was_signed_is_the_file_to_the_byte() -> None:
    """A line that means nothing is another file; and a signature says when, in seconds."""
    token = sign_policy(TEXT, "civil", AT, KEEPER)
    claims = {"policy": digest(TEXT), "realm": "civil"}
    odd = [sign_jws(claims | {"iat": at}, TYP, KEEPER) for at in (None, True, "1", 1.5)]

    for data, beside in (
        (TEXT + b"# x\n", token),
        *((TEXT, one) for one in (token[:-2], "", *odd)),
    ):
        with pytest.raises(ProofError, match="policy_not_signed"):
            open_policy(data, beside, "civil", PINNED, 4)


def test_a_policy_from_before_an_agency_joined_is_read_and_says_so() -> None:
    """What was cosigned under it stays provable; as the policy in force it is refused."""
    of_four = policy_text(LOGS, dict([*AGENCIES.items()][:4]), 3)
    token = sign_policy(of_four, "civil", AT, KEEPER)

    old, at = read_signed_policy(of_four, token, "civil", PINNED)
    now = sign_policy(TEXT, "civil", AT + 1, KEEPER)

    assert (old.least, at, list(old.witnesses)) == (3, AT, [*AGENCIES][:4])
    assert read_signed_policy(TEXT, now, "civil", PINNED)[1] == AT + 1
    with pytest.raises(ProofError, match="quorum_lowered"):
        open_policy(of_four, token, "civil", PINNED, 4)
    with pytest.raises(ProofError, match="policy_not_signed"):
        read_signed_policy(of_four, token, "criminal", PINNED)


def test_a_policy_from_before_the_pinned_instant_is_refused() -> None:
    """As the one in force; that of the instant is good."""
    token = sign_policy(TEXT, "civil", AT, KEEPER)

    assert open_policy(TEXT, token, "civil", PINNED, 4, AT).witnesses == AGENCIES
    with pytest.raises(ProofError, match="policy_superseded"):
        open_policy(TEXT, token, "civil", PINNED, 4, AT + 1)


def test_a_policy_whose_quorums_share_nobody_is_read_at_no_time() -> None:
    """Two of five: two histories would have had enough each then too."""
    text = policy_text(LOGS, AGENCIES, 2)

    with pytest.raises(ProofError, match="quorum_lowered"):
        read_signed_policy(text, sign_policy(text, "civil", AT, KEEPER), "civil", PINNED)


def test_the_usual_quorum_is_all_but_one_and_more_than_half() -> None:
    """So that any two quorums share a witness, who cosigns one history."""
    assert [usual_quorum(number) for number in range(1, 8)] == [1, 2, 2, 3, 4, 5, 6]


def test_the_fewest_that_meet_a_quorum_are_counted_through_groups() -> None:
    """By trying every set of witnesses."""
    names = {
        f"w{number}": signer(f"w{number}", SignatureKind.COSIGNATURE, 40 + number).key
        for number in range(5)
    }
    lines = "".join(f"witness {name} {key.vkey}\n" for name, key in names.items())
    for groups in (
        "group a any w0 w1\ngroup b 2 w2 w3 w4\ngroup c all a b\nquorum c\n",
        "group a all w0 w1 w2\ngroup b any a w3\nquorum b\n",
        "quorum w1\n",
        "quorum none\n",
    ):
        policy = parse_policy((lines + groups).encode())
        sets = (one for count in range(6) for one in combinations(names, count))
        assert policy.least == len(next(one for one in sets if policy.is_met(one)))
