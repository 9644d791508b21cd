"""A time stamp authority of the tests: OpenSSL, with a root and keys of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SETTINGS: Final = """
[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
CN = x
[ root ]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[ stamp ]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


@dataclass(frozen=True)
class Authority:
    """Its folder; `root.pem` is the certificate that is believed."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Authority:
        """A root, and a certificate under it."""
        folder.mkdir()
        (folder / "settings").write_text(_SETTINGS.format(folder=folder))
        (folder / "serial").write_text("01\n")
        one = cls(folder)
        one._key("root")
        one._run(
            "req", "-new", "-x509", "-key", "root.key", "-subj", "/CN=Root", "-days", "3650",
            "-config", "settings", "-extensions", "root", "-out", "root.pem",
        )  # fmt: skip
        one._key("stamp")
        one._run(
            "req", "-new", "-key", "stamp.key", "-subj", "/CN=Stamps", "-config", "settings",
            "-out", "stamp.csr",
        )  # fmt: skip
        one._run(
            "x509", "-req", "-in", "stamp.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
            "-days", "3650", "-extfile", "settings", "-extensions", "stamp", "-out", "stamp.pem",
        )  # fmt: skip
        return one

    @property
    def root(self) -> bytes:
        """What is believed."""
        return (self.folder / "root.pem").read_bytes()

    def stamp(self, data: bytes, digest: str = "sha256", accuracy: str = "") -> bytes:
        """Its answer over some bytes.

        Args:
            accuracy: by how much its clock may be wrong, as OpenSSL's settings say it; empty: it does not say.
        """
        stated = f"accuracy = {accuracy}\n" if accuracy else ""
        (self.folder / "settings").write_text(
            _SETTINGS.format(folder=self.folder).replace("[ req ]", f"{stated}[ req ]")
        )
        (self.folder / "data").write_bytes(data)
        self._run("ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "asked")
        self._run(
            "ts", "-reply", "-config", "settings", "-section", "one", "-queryfile", "asked",
            "-signer", "stamp.pem", "-inkey", "stamp.key", "-out", "told",
        )  # fmt: skip
        return (self.folder / "told").read_bytes()

    def verifies(self, data: bytes, token: bytes) -> bool:
        """What OpenSSL says of a token."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "given").write_bytes(token)
        words = ("ts", "-verify", "-data", "data", "-in", "given", "-CAfile", "root.pem")
        return (
            subprocess.run(
                ["openssl", *words], cwd=self.folder, capture_output=True, check=False
            ).returncode
            == 0
        )

    def _key(self, name: str) -> None:
        self._run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True)
