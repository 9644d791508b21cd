"""A PKCS#11 library, its sessions and its failures.

Sessions are not to be shared by threads, and opening a library anew ends all of them: everything
behind one library shares one lock. A PIN that was refused is not shown again until its file has
another: devices lock themselves after a few. `python-pkcs11` is imported when a device is first
asked: nobody else pays for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from contracts.errors import SignerError, UsageError
from services.platform.keys.pkcs11_uri import DevicePlace, KeyName
from services.platform.keys.private_files import read_private
from services.texts import Catalogue

_ = Catalogue(__name__)

BUSY_S: Final = 5.0  # that a signature waits for those of other threads


class Module:
    """One library, for all keys of all tokens behind it.

    Attributes:
        failures: what the library raises; nothing before it is first taken.
        number: of its sessions: another once they were all closed.
    """

    def __init__(self, path: Path) -> None:
        self.failures: tuple[type[Exception], ...] = ()
        self.number = 1
        self._path = path
        self._lock = threading.Lock()
        self._library: Any = None
        self._sessions: dict[DevicePlace, Any] = {}
        self._keys: dict[tuple[DevicePlace, KeyName], Any] = {}
        self._refused: dict[DevicePlace, bytes] = {}  # SHA-256 of the PIN that was refused last

    @contextmanager
    def taken(self, kid: str) -> Iterator[Module]:
        """The library for one caller; its failures become ours, which name neither PIN nor URI.

        Args:
            kid: of the key, for errors.

        Raises:
            SignerError: `signer_busy`, `signer_module`, `signer_pin`, `signer_key`, `signer_away`.
        """
        if not self._lock.acquire(timeout=BUSY_S):
            raise SignerError("signer_busy", _("no answer"), _("a signature"), kid)
        try:
            self._learn()
            yield self
        except self.failures as error:
            self.close()
            raise _told(error, kid) from None
        except SignerError as error:  # the session is as good as it was
            raise SignerError(error.code, *error.phrases, place=kid) from None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Forget all sessions; the next signature opens the library anew."""
        sessions, self._sessions = self._sessions, {}
        self._keys, self._library = {}, None
        self.number += 1
        for session in sessions.values():
            with suppress(*self.failures):
                session.close()

    def sign(self, place: DevicePlace, name: KeyName, mechanism: str, data: bytes) -> bytes:
        """The signature of one key, as the device makes it; what the library raises is let through.

        Raises:
            SignerError: `signer_module`, `signer_pin`, `signer_key`.
        """
        from pkcs11 import Mechanism

        key = self._key(place, name)
        return bytes(key.sign(data, mechanism=Mechanism[mechanism]))

    def _learn(self) -> None:
        if not self.failures:
            try:
                from pkcs11 import PKCS11Error
            except ImportError:
                got = _("no package python-pkcs11")
                raise SignerError("signer_module", got, "relais[hsm]") from None
            self.failures = (PKCS11Error,)

    def _key(self, place: DevicePlace, name: KeyName) -> Any:
        from pkcs11 import Attribute, ObjectClass

        if place not in self._sessions:
            self._sessions[place] = self._opened(place)
        if (place, name) not in self._keys:
            asked: dict[Any, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
            asked |= {Attribute.LABEL: name.label} if name.label else {}
            asked |= {Attribute.ID: name.ident} if name.ident else {}
            keys = list(self._sessions[place].get_objects(asked))
            if len(keys) != 1:
                got = _("none of that name, or two")
                raise SignerError("signer_key", got, _("one private key"))
            self._keys[place, name] = keys[0]
        return self._keys[place, name]

    def _opened(self, place: DevicePlace) -> Any:
        import pkcs11

        pin = self._pin(place)
        if self._library is None:
            self._library = self._loaded()
        token = self._library.get_token(
            token_label=place.token or None, token_serial=place.serial.encode() or None
        )
        try:
            return token.open(user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
            self._refused[place] = sha256(pin.encode()).digest()
            raise

    def _loaded(self) -> Any:
        """The library, initialised now: it sees what was plugged in since."""
        import pkcs11

        try:
            library = pkcs11.lib(str(self._path))
        except pkcs11.PKCS11Error as error:
            if type(error) is not pkcs11.PKCS11Error:  # the library's own, not the loader's
                raise
            expected = _("a PKCS#11 library at `module-path`")
            raise SignerError("signer_module", _("none that loads"), expected) from None
        library.reinitialize()
        return library

    def _pin(self, place: DevicePlace) -> str:
        """The PIN that its file has now."""
        try:
            pin = read_private(place.pin).decode().rstrip("\r\n")
        except UsageError as error:
            raise SignerError("signer_pin", *error.phrases) from None
        except UnicodeDecodeError:
            raise SignerError("signer_pin", _("another text"), _("a PIN")) from None
        if sha256(pin.encode()).digest() == self._refused.get(place):
            raise SignerError("signer_pin", _("the PIN that was refused"), _("another in its file"))
        return pin


def _told(error: Exception, kid: str) -> SignerError:
    """A library's failure as ours."""
    import pkcs11

    pins = (
        pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked,
    )  # fmt: skip
    if isinstance(error, pins):
        got, expected = _("one that is refused"), _("the token's PIN in its file")
        return SignerError("signer_pin", got, expected, kid)
    return SignerError("signer_away", type(error).__name__, _("a device that signs"), kid)


@lru_cache(maxsize=16)
def module(path: Path) -> Module:
    """The one of this process for a library."""
    return Module(path)
