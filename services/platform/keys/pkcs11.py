"""Keys in devices that speak PKCS#11: a signer that asks one, and what it does when that fails.

    pkcs11:token=relais;object=crip-sig-1?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin

A URI (RFC 7512) names the device by `token`, the key by `object`; what is not known is refused, a
PIN too. A device is asked with the first signature: a service starts while it is away. After a
failure the library is opened once anew; if that fails too, a `SignerError` says why, and the next
signature tries again. A key is first asked for a probe: a device with another key than the
directory's signs nothing else. A PIN that was refused is shown again only once its file has
another: devices lock themselves.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from contracts.encoding import framed
from contracts.errors import SignerError, UsageError
from contracts.keys import es256
from contracts.keys.entries import SigningKey
from contracts.keys.verification import ED25519, verifies
from services.platform.keys.private_files import read_private

BUSY_S: Final = 5.0  # that a signature waits for those of other threads
_PATH: Final = ("object", "token", "type")
_QUERY: Final = ("module-path", "pin-source")
_WRONG_PIN: Final = ("PinIncorrect", "PinInvalid", "PinLenRange")


class DevicePlace(NamedTuple):
    """Where keys lie behind one login: library, name of the token, file of the PIN."""

    module: Path
    token: str
    pin: Path


class Pkcs11Signer:
    """A signer whose private key is in a device.

    Args:
        key: its public entry; a device that holds another key is refused.
        uri: where it is; no error shows it.

    Raises:
        UsageError: `signer_malformed`, `pin_in_uri`.
    """

    def __init__(self, key: SigningKey, uri: str) -> None:
        self.kid, self.alg, self.owner, self.public = key.kid, key.alg, key.owner, key.public
        self.place, self.label = parsed(uri, key.kid)
        self._module = _module(self.place.module)

    def sign(self, message: bytes) -> bytes:
        """Sign as the key's algorithm does.

        Raises:
            SignerError: `signer_busy`, `signer_module`, `signer_pin`, `signer_key`,
                `signer_has_other_key`, `signer_away`.
        """
        return self._module.sign(self, message)

    def check(self) -> None:
        """Find out whether the device would sign.

        Raises:
            SignerError: as `sign`.
        """
        self.sign(_probe(self.kid))


def parsed(uri: str, kid: str) -> tuple[DevicePlace, str]:
    """The place and label that a URI names.

    Raises:
        UsageError: `signer_malformed`, `pin_in_uri`.
    """

    def malformed(expected: str) -> UsageError:
        return UsageError("signer_malformed", "another URI", expected, kid)

    path, _mark, query = uri.removeprefix("pkcs11:").partition("?")
    text: dict[str, str] = {}
    for pairs, known in ((path.split(";"), _PATH), (query.split("&"), _QUERY)):
        for name, equals, value in (pair.partition("=") for pair in pairs if pair):
            if name == "pin-value":
                raise UsageError("pin_in_uri", "a PIN", "pin-source=file:/…", kid)
            if not equals or name not in known or name in text:
                raise malformed(", ".join(f"{name}=…" for name in known))
            try:
                text[name] = unquote(value, errors="strict")
            except UnicodeDecodeError:
                raise malformed("UTF-8") from None
    token, label = text.get("token", ""), text.get("object", "")
    module, pin = Path(text.get("module-path", "")), urlsplit(text.get("pin-source", ""))
    if not token or not label or text.get("type", "private") != "private":
        raise malformed("token=…, object=…")
    if not module.is_absolute():
        raise malformed("module-path=/…")
    if pin.scheme not in ("", "file") or pin.netloc or not Path(pin.path).is_absolute():
        raise malformed("pin-source=file:/…")
    return DevicePlace(module, token, Path(pin.path)), label


class _Module:
    """One library, for all keys behind it: no two threads share a session; opened anew, all end."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._library: Any = None
        self._sessions: dict[DevicePlace, Any] = {}
        self._keys: dict[tuple[object, ...], Any] = {}
        self._refused: dict[DevicePlace, bytes] = {}  # SHA-256 of the PIN that was refused last

    def sign(self, own: Pkcs11Signer, message: bytes) -> bytes:
        """The signature of a signer's key; one error a cause, which names neither PIN nor URI."""
        try:
            import pkcs11  # nobody without a device pays for it
        except ImportError:
            got = "no package python-pkcs11"
            raise SignerError("signer_module", got, "relais[hsm]", own.kid) from None
        if not self._lock.acquire(timeout=BUSY_S):
            raise SignerError("signer_busy", "no answer", "a signature", own.kid)
        try:
            try:
                return _made(self._key(own), own.alg, message)
            except pkcs11.PKCS11Error:  # the token was away, or its program
                self.close()
                return _made(self._key(own), own.alg, message)
        except pkcs11.PKCS11Error as error:
            self.close()
            raise _told(error, own.kid) from None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Forget all sessions; the next signature opens the library anew."""
        from pkcs11 import PKCS11Error

        sessions, self._sessions, self._keys, self._library = self._sessions, {}, {}, None
        for session in sessions.values():
            with suppress(PKCS11Error):
                session.close()

    def _key(self, own: Pkcs11Signer) -> Any:
        """The device's private key of that name, once it has proved to be the public one's."""
        from pkcs11 import Attribute, ObjectClass

        name = own.place, own.label, own.alg, own.public
        if name in self._keys:
            return self._keys[name]
        if own.place not in self._sessions:
            self._sessions[own.place] = self._opened(own)
        asked = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: own.label}
        keys = list(self._sessions[own.place].get_objects(asked))
        if len(keys) != 1:
            got = "none of that name, or two"
            raise SignerError("signer_key", got, "one private key", own.kid)
        probe = _probe(own.kid)
        if not verifies(own.alg, own.public, probe, _made(keys[0], own.alg, probe)):
            raise SignerError("signer_has_other_key", "another key", "`x`", own.kid)
        self._keys[name] = keys[0]
        return keys[0]

    def _opened(self, own: Pkcs11Signer) -> Any:
        """A session behind the PIN that its file has now."""
        try:
            pin = read_private(own.place.pin).decode().rstrip("\r\n")
        except UsageError as error:
            raise SignerError("signer_pin", error.got, error.expected, place=own.kid) from None
        except UnicodeDecodeError:
            raise SignerError("signer_pin", "another text", "a PIN", own.kid) from None
        shown = sha256(pin.encode()).digest()
        if shown == self._refused.get(own.place):
            got, expected = "the PIN that was refused", "another in its file"
            raise SignerError("signer_pin", got, expected, own.kid)
        self._library = self._library or self._loaded(own.kid)
        token = self._library.get_token(token_label=own.place.token)
        try:
            return token.open(user_pin=pin)
        except Exception as error:
            if type(error).__name__ in _WRONG_PIN:
                self._refused[own.place] = shown
            raise

    def _loaded(self, kid: str) -> Any:
        """The library, initialised now: it sees what was plugged in since."""
        import pkcs11

        try:
            library = pkcs11.lib(str(self._path))
        except pkcs11.PKCS11Error as error:
            if type(error) is not pkcs11.PKCS11Error:  # the library's own, not the loader's
                raise
            expected = "a PKCS#11 library at `module-path`"
            raise SignerError("signer_module", "none that loads", expected, kid) from None
        library.reinitialize()
        return library


def _told(error: Exception, kid: str) -> SignerError:
    """A library's failure as ours."""
    cause = type(error).__name__
    if cause in (*_WRONG_PIN, "PinExpired", "PinLocked"):
        got, expected = "one that is refused", "the token's PIN in its file"
        return SignerError("signer_pin", got, expected, kid)
    return SignerError("signer_away", cause, "a device that signs", kid)


def _probe(kid: str) -> bytes:
    """Signed to see that a key is the right one; no other text of ours begins so (keys §6)."""
    return framed("relais", "signer-probe", kid)


def _made(key: Any, alg: str, message: bytes) -> bytes:
    from pkcs11 import Mechanism

    if alg == ED25519:
        return bytes(key.sign(message, mechanism=Mechanism.EDDSA))
    # Hashed here: few devices do both in one, and SoftHSM does not.
    made = key.sign(sha256(message).digest(), mechanism=Mechanism.ECDSA)
    return es256.in_lower_half(bytes(made))


_module: Final = lru_cache(maxsize=16)(_Module)  # the one of this process for a library
