"""Keys in devices that speak PKCS#11: a signer that asks one, and what it does when that fails.

A device is asked first when a first signature is: a service starts while it is away, and says that it
is not ready. After any failure the library is opened once anew; if that fails too, a `SignerError` says
why, and the next signature tries again. Each session first signs a probe, so that a device with
another key than the directory's is found before it signs anything else.
"""

from __future__ import annotations

from hashlib import sha256

from contracts.encoding import framed
from contracts.errors import SignerError
from contracts.keys import es256
from contracts.keys.entries import SigningKey
from contracts.keys.verification import ED25519, verifies
from services.platform.keys.pkcs11_module import Module, module
from services.platform.keys.pkcs11_uri import parsed
from services.texts import Catalogue

_ = Catalogue(__name__)


class Pkcs11Signer:
    """A signer whose private key is in a device.

    Args:
        key: its public entry; a device that holds another key is refused.
        uri: where it is (RFC 7512).

    Raises:
        UsageError: those of `pkcs11_uri.parsed`.
    """

    def __init__(self, key: SigningKey, uri: str) -> None:
        self.kid, self.alg, self.owner, self.public = key.kid, key.alg, key.owner, key.public
        self.place, self._name = parsed(uri, key.kid)
        self._module = module(self.place.module)
        self._session = 0  # number of the one in which the probe was signed

    def __repr__(self) -> str:
        return f"Pkcs11Signer({self.kid!r})"

    def sign(self, message: bytes) -> bytes:
        """Sign as the key's algorithm does.

        Raises:
            SignerError: one code a cause.
        """
        with self._module.taken(self.kid) as device:
            try:
                return self._signed(device, message)
            except device.failures:  # a session that was lost: the token was away, or its program
                device.close()
                return self._signed(device, message)

    def check(self) -> None:
        """Find out whether the device would sign.

        Raises:
            SignerError: as `sign`.
        """
        self.sign(_probe(self.kid))

    def _signed(self, device: Module, message: bytes) -> bytes:
        if self._session != device.number:
            probe = _probe(self.kid)
            if not verifies(self.alg, self.public, probe, self._raw(device, probe)):
                raise SignerError("signer_has_other_key", _("another key"), "`x`", self.kid)
            self._session = device.number
        return self._raw(device, message)

    def _raw(self, device: Module, message: bytes) -> bytes:
        if self.alg == ED25519:
            return device.sign(self.place, self._name, "EDDSA", message)
        # Hashed here: few devices do both in one, and SoftHSM does not.
        made = device.sign(self.place, self._name, "ECDSA", sha256(message).digest())
        return es256.in_lower_half(made)


def _probe(kid: str) -> bytes:
    """Signed to see that a key is the right one; no other text of ours begins so (keys §6)."""
    return framed("relais", "signer-probe", kid)
