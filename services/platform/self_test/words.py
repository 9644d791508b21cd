"""The self-test in words: what a row looks at, how it stands, why, and what to do next."""

from __future__ import annotations

from typing import Final

from services.platform.process.paris_time import exactly
from services.platform.self_test.rows import SKEW_S, RowName, SelfTestRow
from services.texts import counted

TITLES: Final[dict[RowName, str]] = {
    "name": "the brokers’ names resolve",
    "tls": "the way to the brokers, with TLS",
    "certificate": "the certificate’s name and days",
    "token": "the desk’s token",
    "own_topic": "its own topics can be read",
    "foreign_topic": "others’ topics are refused",
    "clock": "the clock, against the router’s",
    "directory": "its keys in the directory",
    "ping": "an event through the router and back",
}
_STATES: Final = {
    "working": "seen working at {at}",
    "unused": "not yet used",
    "cannot": "cannot, tried at {at}",
}
_DAYS: Final = ("{n} day left", "{n} days left")

# code -> why, and what to do.
_WHY: Final[dict[str, tuple[str, str]]] = {
    "not_tried": ("nobody has tried it yet", "try it"),
    "no_tls": (
        "these brokers are reached without TLS, so nobody has rights or a certificate",
        "nothing on one machine; in earnest, brokers with TLS",
    ),
    "name_unknown": (
        "the name of a broker is not known here",
        "ask for its name server’s entry, or correct RELAIS_KAFKA",
    ),
    "kafka_away": (
        "no broker answers",
        "look whether the network lets you through to RELAIS_KAFKA; then ask the operators",
    ),
    "kafka_untrusted": (
        "the broker’s certificate is of another authority",
        "put the authority of the brokers into RELAIS_TLS_CA",
    ),
    "kafka_other_host": (
        "the broker’s certificate is of another name",
        "ask by the name that stands in it, or tell the operators",
    ),
    "kafka_certificate_expired": (
        "the broker’s certificate has ended", "tell the operators; look at the clock here",
    ),
    "kafka_certificate_not_yet_valid": (
        "the broker’s certificate is not valid yet", "set the clocks right, here and there",
    ),
    "kafka_wants_tls": (
        "the broker wants a certificate and none is shown",
        "name it: RELAIS_TLS_CA, RELAIS_TLS_CERT, RELAIS_TLS_KEY",
    ),
    "kafka_without_tls": (
        "the broker speaks no TLS at this address", "ask at its TLS port",
    ),
    "certificate_refused": (
        "the broker does not take the certificate",
        "ask the operators for one of the authority that brokers trust",
    ),
    "certificate_expired": ("the certificate has ended", "renew it and start the service"),
    "certificate_not_yet_valid": (
        "the certificate is not valid yet", "look at the clock of this machine",
    ),
    "certificate_ending": (
        "the certificate ends soon", "renew it; the service takes it up by itself",
    ),
    "other_principal": (
        "the certificate bears another name than the agency’s",
        "ask for one whose CN is the agency’s name in the convention",
    ),
    "certificate_unreadable": (
        "the certificate’s file cannot be read", "look at RELAIS_TLS_CERT",
    ),
    "no_token": (
        "no token is kept for this desk", "make one (relais keys new), and start the service",
    ),
    "token_not_seen": (
        "no test was asked for with the desk’s token since the service started",
        "run relais partner check at the desk: it shows the token",
    ),
    "token_unknown": (
        "the service does not know this token",
        "look at RELAIS_TOKEN_FILE; a new token is known once the service has started anew",
    ),
    "other_desk": (
        "the token is another desk’s", "use the desk’s own token (RELAIS_TOKEN_FILE)",
    ),
    "not_readable": (
        "the brokers refuse a topic of the agency’s own, or do not have it",
        "ask the operators to apply topics and rights (relais topics apply, relais acl apply)",
    ),
    "not_refused": (
        "the brokers would let this agency read a topic that is not its own",
        "tell the security officer now; relais acl check says which right is too much",
    ),
    "clock_differs": (
        "the clock here and the router’s differ by more than {most} s",
        "set the clock right (NTP on every machine)",
    ),
    "not_in_directory": (
        "the directory in force does not name this desk",
        "ask the keeper of the directory for an entry",
    ),
    "directory_ended": (
        "the directory in force has expired",
        "ask the keeper for the next one; nothing can be sealed until then",
    ),
    "no_key": (
        "the directory has no valid key of this desk to seal to",
        "give the keeper the desk’s next keys",
    ),
    "key_not_held": (
        "the directory has a key of this desk whose private half is not here",
        "bring the desk’s key files into the home; what is sealed to it cannot be read",
    ),
    "signer_not_listed": (
        "no signing key that the desk holds is in the directory",
        "give the keeper the desk’s signing key (relais keys rotate)",
    ),
    "not_published": (
        "the brokers did not take the event", "look at the rows above; then try again",
    ),
    "no_answer": (
        "the router did not answer in time",
        "try again; if it stays so, ask the operators whether routing is behind",
    ),
    "ping_refused": (
        "the router refused the event", "ask the operators; relais referrals says why",
    ),
    "too_many": (
        "the desk has used its figure of this hour", "try again in the next hour",
    ),
}  # fmt: skip
CODES: Final = frozenset(_WHY)


def state(row: SelfTestRow) -> str:
    """How it stands, with what was measured."""
    parts = [_STATES[row.state].format(at=exactly(int(row.at), "en"))]
    if row.days is not None:
        parts.append(counted(_DAYS, n=row.days))
    if row.seconds is not None:
        parts.append(f"{row.seconds:.2f} s")
    return " · ".join(parts)


def cause(row: SelfTestRow) -> str:
    """Why; empty if it works, the code itself where it has no words."""
    return why(row.code)


def next_step(row: SelfTestRow) -> str:
    """What to do; empty if nothing is."""
    return step(row.code)


def why(code: str) -> str:
    """The cause that a code names."""
    return _WHY[code][0].format(most=SKEW_S) if code in _WHY else code


def step(code: str) -> str:
    """What to do about it; empty if nothing is."""
    return _WHY[code][1] if code in _WHY else ""
