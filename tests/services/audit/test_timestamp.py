"""Time stamps of others over a checkpoint, by an authority of the tests: held, or refused by a word of their own."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rfc3161_client import decode_timestamp_response

from contracts.errors import ProofError
from services.audit.timestamp import MAX_TOKEN_BYTES, check_imprint, check_timestamp
from tests.services.audit.authority import Authority

CHECKPOINT = b"relais.test/civil-0\n7\nAAAA\n\n\xe2\x80\x94 relais.test/civil-0 c2ln\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that is believed."""
    return Authority.made(tmp_path_factory.mktemp("tsa") / "own")


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    """Its answer over the checkpoint."""
    return authority.stamp(CHECKPOINT)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_stamp_over_the_checkpoint_says_when(authority: Authority, digest: str) -> None:
    """By the authority's clock; OpenSSL says the same of it."""
    made = authority.stamp(CHECKPOINT, digest)

    stamp = check_timestamp(made, CHECKPOINT, authority.root)

    assert abs(stamp - time.time()) < 120
    assert authority.verifies(CHECKPOINT, made)


def test_what_its_clock_may_be_wrong_by_is_added(authority: Authority) -> None:
    """To the next whole second: what was there "at the latest" may have been there later by so much."""
    stated = {"secs:3": 3, "secs:2, millisecs:1, microsecs:1": 3, "millisecs:500": 1, "": 0}

    for accuracy, more in stated.items():
        token = authority.stamp(CHECKPOINT, accuracy=accuracy)
        said = int(decode_timestamp_response(token).tst_info.gen_time.timestamp())
        assert check_timestamp(token, CHECKPOINT, authority.root) - said == more, accuracy


def test_a_stamp_s_imprint_is_held_without_certificates(authority: Authority, token: bytes) -> None:
    """Whoever takes it along need believe nobody; what it is not over is not taken along."""
    check_imprint(token, CHECKPOINT)
    check_imprint(authority.stamp(CHECKPOINT, "sha512"), CHECKPOINT)
    with pytest.raises(ProofError, match="timestamp_differs"):
        check_imprint(token, CHECKPOINT + b"\n")
    with pytest.raises(ProofError, match="timestamp_malformed"):
        check_imprint(b"<html>", CHECKPOINT)
    with pytest.raises(ProofError, match="too_large"):
        check_imprint(bytes(MAX_TOKEN_BYTES + 1), CHECKPOINT)


def turned(token: bytes, of: bytes) -> bytes:
    """One bit of what stands there another one."""
    at = token.index(of)
    return token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]


ALTERED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "its time": (lambda token: turned(token, b"\x18\x0f20"[2:]), "timestamp_untrusted"),
    "its policy": (lambda token: turned(token, b"\x2a\x03\x04\x01"), "timestamp_untrusted"),
    "a bit of its signature": (lambda token: token[:-1] + bytes([token[-1] ^ 1]), "timestamp_untrusted"),
    "its status": (lambda token: token.replace(b"\x30\x03\x02\x01\x00", b"\x30\x03\x02\x01\x02", 1), "timestamp_untrusted"),
    "cut": (lambda token: token[:-40], "timestamp_malformed"),
    "empty": (lambda _token: b"", "timestamp_malformed"),
    "another file": (lambda _token: b"c2sp.org/tlog-proof@v1\n", "timestamp_malformed"),
    "huge": (lambda token: token + bytes(MAX_TOKEN_BYTES), "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("altered", ALTERED)
def test_an_altered_stamp_is_refused(authority: Authority, token: bytes, altered: str) -> None:
    """By the code of its cause."""
    change, code = ALTERED[altered]
    assert change(token) != token

    with pytest.raises(ProofError) as refused:
        check_timestamp(change(token), CHECKPOINT, authority.root)

    assert refused.value.code == code


def test_a_stamp_of_something_else_or_of_somebody_else_is_refused(
    authority: Authority, token: bytes, tmp_path: Path
) -> None:
    """Another checkpoint; another authority of the same names; no certificate."""
    other = Authority.made(tmp_path / "other")
    with pytest.raises(ProofError, match="timestamp_differs"):
        check_timestamp(token, CHECKPOINT + b"\n", authority.root)
    with pytest.raises(ProofError, match="timestamp_untrusted"):
        check_timestamp(token, CHECKPOINT, other.root)
    with pytest.raises(ProofError, match="timestamp_malformed"):
        check_timestamp(token, CHECKPOINT, b"no certificate")


def test_any_bytes_end_in_an_error_of_ours_or_say_the_same(
    authority: Authority, token: bytes
) -> None:
    """A thousand tokens altered at random: none says another time."""
    chance, honest = random.Random(1), check_timestamp(token, CHECKPOINT, authority.root)
    for _ in range(1_000):
        data = bytearray(token)
        for _edit in range(chance.randint(1, 3)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(20)] = chance.randbytes(chance.randrange(4))
        try:
            told = check_timestamp(bytes(data), CHECKPOINT, authority.root)
        except ProofError:
            continue
        assert told == honest
