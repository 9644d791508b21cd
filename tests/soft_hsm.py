"""A device in software: SoftHSM from Debian, with tokens in a folder of a test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.keys.entries import SigningKey
from contracts.keys.keyring import signing_file
from contracts.keys.verification import ED25519, ES256
from tests.patience import PATIENCE

MODULE: Final = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN: Final = "canary-pin-4711"
TOKEN: Final = "relais"
UNTIL: Final = 4 * 10**9
_MADE: Final = {  # kind, mechanism, the curve in DER: a name, an object identifier
    ED25519: ("EC_EDWARDS", "EC_EDWARDS_KEY_PAIR_GEN", "130c656477617264733235353139"),
    ES256: ("EC", "EC_KEY_PAIR_GEN", "06082a8648ce3d030107"),
}


@dataclass(frozen=True)
class SoftHsm:
    """A token, and the files that lead to it."""

    folder: Path

    @property
    def pin(self) -> Path:
        """The PIN's file."""
        return self.folder / "pin"

    def uri(self, name: str, *, token: str = TOKEN, module: Path = MODULE) -> str:
        """The URI of a key."""
        return f"pkcs11:token={token};object={name}?module-path={module}&pin-source=file:{self.pin}"

    def made(self, name: str, alg: str = ED25519) -> bytes:
        """The public half of a key that is made in the device and never leaves it."""
        import pkcs11
        from pkcs11 import Attribute, KeyType, Mechanism

        kind, mechanism, parameters = _MADE[alg]
        library: Any = pkcs11.lib(str(MODULE))
        library.reinitialize()
        with library.get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
            asked = {Attribute.EC_PARAMS: bytes.fromhex(parameters)}
            curve = session.create_domain_parameters(KeyType[kind], asked, local=True)
            public, _private = curve.generate_keypair(
                mechanism=Mechanism[mechanism], store=True, label=name, id=name.encode()
            )
            return bytes(public[Attribute.EC_POINT])[2:]  # of a DER octet string

    def file(self, path: Path, key: SigningKey, uri: str = "") -> Path:
        """A key's file that names the device."""
        path.write_bytes(signing_file(None, key, uri or self.uri(key.kid)))
        path.chmod(0o600)
        return path

    def take_away(self) -> None:
        """The device is unplugged."""
        (self.folder / "tokens").rename(self.folder / "away")
        (self.folder / "tokens").mkdir()

    def bring_back(self) -> None:
        """It is plugged in again."""
        (self.folder / "tokens").rmdir()
        (self.folder / "away").rename(self.folder / "tokens")


def soft_hsm_in(folder: Path) -> SoftHsm:
    """A token of its own; skipped without SoftHSM or python-pkcs11, which the gate has."""
    program = shutil.which("softhsm2-util")
    if program is None or not MODULE.exists() or not find_spec("pkcs11"):
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("no softhsm2 (Debian: apt-get install softhsm2), or no python-pkcs11 (make setup)")
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(configuration)  # read by the library itself
    subprocess.run(
        (program, "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN),
        check=True, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    device = SoftHsm(folder)
    device.pin.write_text(f"{PIN}\n")
    device.pin.chmod(0o600)
    return device
