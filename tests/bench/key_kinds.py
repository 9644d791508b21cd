"""What kinds of keys cost: `python -m tests.bench.key_kinds`, CPU of this process in interleaved rounds.

Signatures from memory and from SoftHSM (left out where it is not), parts of one scope with 300 characters.
"""

from __future__ import annotations

import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.envelope.part import open_part, read_part, seal_part
from contracts.keys.entries import EncryptionKey, SigningKey
from contracts.keys.hybrid import HybridPrivateKey
from contracts.keys.keyring import MemoryKeyRing
from contracts.keys.sealing_kinds import SealingPrivate, kind_of, public_half
from contracts.keys.signers import PrivateKey, in_memory
from contracts.keys.verification import verifies
from services.platform.keys.signers import read_signer
from tests.soft_hsm import MODULE, UNTIL, SoftHsm, soft_hsm_in

ROUNDS: Final = 9
TURNS: Final = 150  # of each in a round
MESSAGE: Final = b"m" * 400
EVENT: Final = "01900000-0000-7000-8000-000000000001"
ISSUER, CRIP = "urn:relais:civil:desk:edu-s", "urn:relais:civil:desk:crip"

Work = dict[str, Callable[[], object]]


def parts(name: str, private: SealingPrivate) -> Work:
    """Sealing, what a router reads, opening."""
    public = public_half(private)
    key = EncryptionKey(
        "crip-p30-2026w48", kind_of(public).alg, CRIP, "P30", public, 0, UNTIL, UNTIL
    )

    def seal() -> str:
        body = {"text": "x" * 300}
        return seal_part(
            body, cat="HEALTH.vital", evt=EVENT, iss=ISSUER, key=key, random=secrets.token_bytes
        )

    token, ring = seal(), MemoryKeyRing({key.kid: private})
    _head, header = read_part(token, "part")
    sys.stdout.write(f"{name}: {len(token)} characters, head {token.index('.')}\n")
    return {
        f"{name}, seal": seal,
        f"{name}, a router's look": lambda: read_part(token, "part"),
        f"{name}, open": lambda: open_part(token, header, ring, "part"),
    }


def signatures(alg: str, private: PrivateKey, device: SoftHsm | None) -> Work:
    """Signing from memory and from a device, verifying."""
    own = in_memory(f"{alg.lower()}-1", CRIP, private)
    signature = own.sign(MESSAGE)
    work: Work = {
        f"{alg}, sign": lambda: own.sign(MESSAGE),
        f"{alg}, verify": lambda: verifies(alg, own.public, MESSAGE, signature),
    }
    if device is not None:
        key = SigningKey(own.kid, alg, CRIP, device.made(own.kid, alg), 0, UNTIL)
        _entry, far = read_signer(device.file(device.folder / f"{own.kid}.json", key))
        work[f"{alg}, sign in SoftHSM"] = lambda: far.sign(MESSAGE)
    return work


def cpu(work: Callable[[], object]) -> float:
    """Microseconds of CPU a turn."""
    began = time.process_time()
    for _ in range(TURNS):
        work()
    return (time.process_time() - began) / TURNS * 1e6


def main() -> None:
    """Print the median and the span of each."""
    with tempfile.TemporaryDirectory() as folder:
        device = soft_hsm_in(Path(folder)) if MODULE.exists() else None
        work = {
            **parts("X25519", X25519PrivateKey.generate()),
            **parts("P-256", ec.generate_private_key(ec.SECP256R1())),
            **parts("hybrid", HybridPrivateKey(secrets.token_bytes(32))),
            **signatures("Ed25519", Ed25519PrivateKey.generate(), device),
            **signatures("ES256", ec.generate_private_key(ec.SECP256R1()), device),
        }
        rounds = [{name: cpu(each) for name, each in work.items()} for _ in range(ROUNDS)]
        for name in work:
            took = [each[name] for each in rounds]
            text = f"{statistics.median(took):7.1f} ({min(took):.1f}-{max(took):.1f})"
            sys.stdout.write(f"{name:28} {text} µs\n")


if __name__ == "__main__":
    main()
