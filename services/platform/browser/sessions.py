"""Sessions: on the server, for a while, one secret in a cookie; who tries often waits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from services.platform.ports import monotonic, random_token
from services.platform.settings import LASTS_S

IDLE_S: Final = 30 * 60
MOST: Final = 10_000
TRIES: Final = 5  # wrong ones to sign in, of one name ...
TRIES_FROM: Final = 30  # ... or from one address, behind which a whole service may sit ...
TRIES_S: Final = 60.0  # ... in so many seconds


@dataclass(frozen=True, slots=True)
class SignInPlace:
    """Where a service's pages begin, and by which cookie it knows a browser.

    Attributes:
        base: path below which its pages lie, empty or such as `/desk`.
        cookie: its name; a browser keeps the cookies of one host's ports together.
        secure: it is reached by HTTPS alone.
    """

    cookie: str
    base: str = ""
    secure: bool = False

    @property
    def home(self) -> str:
        """The first page."""
        return self.base or "/"


@dataclass(slots=True)
class Session:
    """Who is signed in.

    Attributes:
        role: by which it is decided what is there for the account now.
        own: its role at the way in, to which it may come back.
        lasts_s: seconds after which it is over, whatever is done.
        form: secret that every form of this session must bring back (CSRF).
    """

    account: str
    role: str
    own: str
    began: float
    used: float
    lasts_s: float
    form: str = field(repr=False)


class Sessions:
    """All of them; a restart ends them."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, Session] = {}

    def begin(self, account: str, role: str, lasts_s: float = LASTS_S) -> str:
        """A new session; its cookie's secret. Those of the account in another role end."""
        self._forget()
        if any(it.account == account and it.own != role for it in self._by_hash.values()):
            self.end_all(account)
        secret = random_token(32)
        now = monotonic()
        session = Session(account, role, role, now, now, lasts_s, random_token(32))
        self._by_hash[_hash(secret)] = session
        return secret

    def of(self, secret: str) -> Session | None:
        """The session of a cookie, None if there is none any more."""
        session = self._by_hash.get(_hash(secret))
        if session is None or _is_over(session):
            self._by_hash.pop(_hash(secret), None)
            return None
        session.used = monotonic()
        return session

    def end(self, secret: str) -> None:
        """Sign out."""
        self._by_hash.pop(_hash(secret), None)

    def end_all(self, account: str) -> None:
        """Sign an account out everywhere: its role has changed."""
        self._by_hash = {
            key: session for key, session in self._by_hash.items() if session.account != account
        }

    def _forget(self) -> None:
        self._by_hash = {
            key: session for key, session in self._by_hash.items() if not _is_over(session)
        }
        while len(self._by_hash) >= MOST:
            self._by_hash.pop(next(iter(self._by_hash)))


def _is_over(session: Session) -> bool:
    now = monotonic()
    return now - session.began > session.lasts_s or now - session.used > IDLE_S


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


class Attempts:
    """How often somebody has tried something lately, such as by name and by address.

    Args:
        most: in so many seconds.
    """

    def __init__(self, most: int = TRIES, within_s: float = TRIES_S) -> None:
        self._most, self._within_s = most, within_s
        self._tries: dict[str, deque[float]] = {}

    def may(self, *whose: str) -> bool:
        """Whether one more may be tried; it counts, but nothing is kept of what follows a no."""
        now = monotonic()
        self._tries = {
            name: tries for name, tries in self._tries.items() if now - tries[-1] < self._within_s
        }
        for name in whose:
            tries = self._tries.setdefault(name, deque(maxlen=self._most))
            is_free = len(tries) < self._most or now - tries[0] > self._within_s
            tries.append(now)
            if not is_free:
                return False
        return True

    def forgive(self, name: str) -> None:
        """Take back what was counted last of somebody: it was right."""
        if tries := self._tries.get(name):
            tries.pop()
            if not tries:
                del self._tries[name]
