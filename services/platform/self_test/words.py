"""The self-test in words: what a row looks at, how it stands, why, and what to do next."""

from __future__ import annotations

from typing import Final

from services.platform.process.paris_time import exactly
from services.platform.self_test.rows import SKEW_S, RowName, SelfTestRow
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

TITLES: Final[dict[RowName, Text]] = {
    "name": _("the brokers’ names resolve"),
    "tls": _("the way to the brokers, with TLS"),
    "certificate": _("the certificate’s name and days"),
    "token": _("the desk’s token"),
    "own_topic": _("its own topics can be read"),
    "foreign_topic": _("others’ topics are refused"),
    "clock": _("the clock, against the router’s"),
    "directory": _("its keys in the directory"),
    "ping": _("an event through the router and back"),
}
_STATES: Final = {
    "working": _("seen working at {at}"),
    "unused": _("not yet used"),
    "cannot": _("cannot, tried at {at}"),
}
_DAYS: Final = _.ngettext("{n} day left", "{n} days left")
_SECONDS: Final = _("{seconds} s")

# code -> why, and what to do.
_WHY: Final[dict[str, tuple[Text, Text]]] = {
    "not_tried": (_("nobody has tried it yet"), _("try it")),
    "no_tls": (
        _("these brokers are reached without TLS, so nobody has rights or a certificate"),
        _("nothing on one machine; in earnest, brokers with TLS"),
    ),
    "name_unknown": (
        _("the name of a broker is not known here"),
        _("ask for its name server’s entry, or correct RELAIS_KAFKA"),
    ),
    "kafka_away": (
        _("no broker answers"),
        _("look whether the network lets you through to RELAIS_KAFKA; then ask the operators"),
    ),
    "kafka_untrusted": (
        _("the broker’s certificate is of another authority"),
        _("put the authority of the brokers into RELAIS_TLS_CA"),
    ),
    "kafka_other_host": (
        _("the broker’s certificate is of another name"),
        _("ask by the name that stands in it, or tell the operators"),
    ),
    "kafka_certificate_expired": (
        _("the broker’s certificate has ended"), _("tell the operators; look at the clock here"),
    ),
    "kafka_certificate_not_yet_valid": (
        _("the broker’s certificate is not valid yet"), _("set the clocks right, here and there"),
    ),
    "kafka_wants_tls": (
        _("the broker wants a certificate and none is shown"),
        _("name it: RELAIS_TLS_CA, RELAIS_TLS_CERT, RELAIS_TLS_KEY"),
    ),
    "kafka_without_tls": (
        _("the broker speaks no TLS at this address"), _("ask at its TLS port"),
    ),
    "certificate_refused": (
        _("the broker does not take the certificate"),
        _("ask the operators for one of the authority that brokers trust"),
    ),
    "certificate_expired": (_("the certificate has ended"), _("renew it and start the service")),
    "certificate_not_yet_valid": (
        _("the certificate is not valid yet"), _("look at the clock of this machine"),
    ),
    "certificate_ending": (
        _("the certificate ends soon"), _("renew it; the service takes it up by itself"),
    ),
    "other_principal": (
        _("the certificate bears another name than the agency’s"),
        _("ask for one whose CN is the agency’s name in the convention"),
    ),
    "certificate_unreadable": (
        _("the certificate’s file cannot be read"), _("look at RELAIS_TLS_CERT"),
    ),
    "no_token": (
        _("no token is kept for this desk"), _("make one (relais keys new), and start the service"),
    ),
    "token_not_seen": (
        _("no test was asked for with the desk’s token since the service started"),
        _("run relais partner check at the desk: it shows the token"),
    ),
    "token_unknown": (
        _("the service does not know this token"),
        _("look at RELAIS_TOKEN_FILE; a new token is known once the service has started anew"),
    ),
    "other_desk": (
        _("the token is another desk’s"), _("use the desk’s own token (RELAIS_TOKEN_FILE)"),
    ),
    "not_readable": (
        _("the brokers refuse a topic of the agency’s own, or do not have it"),
        _("ask the operators to apply topics and rights (relais topics apply, relais acl apply)"),
    ),
    "not_refused": (
        _("the brokers would let this agency read a topic that is not its own"),
        _("tell the security officer now; relais acl check says which right is too much"),
    ),
    "clock_differs": (
        _("the clock here and the router’s differ by more than {most} s"),
        _("set the clock right (NTP on every machine)"),
    ),
    "not_in_directory": (
        _("the directory in force does not name this desk"),
        _("ask the keeper of the directory for an entry"),
    ),
    "directory_ended": (
        _("the directory in force has expired"),
        _("ask the keeper for the next one; nothing can be sealed until then"),
    ),
    "no_key": (
        _("the directory has no valid key of this desk to seal to"),
        _("give the keeper the desk’s next keys"),
    ),
    "key_not_held": (
        _("the directory has a key of this desk whose private half is not here"),
        _("bring the desk’s key files into the home; what is sealed to it cannot be read"),
    ),
    "signer_not_listed": (
        _("no signing key that the desk holds is in the directory"),
        _("give the keeper the desk’s signing key (relais keys rotate)"),
    ),
    "not_published": (
        _("the brokers did not take the event"), _("look at the rows above; then try again"),
    ),
    "no_answer": (
        _("the router did not answer in time"),
        _("try again; if it stays so, ask the operators whether routing is behind"),
    ),
    "ping_refused": (
        _("the router refused the event"), _("ask the operators; relais referrals says why"),
    ),
    "too_many": (
        _("the desk has used its figure of this hour"), _("try again in the next hour"),
    ),
}  # fmt: skip
CODES: Final = frozenset(_WHY)


def state(row: SelfTestRow, lang: str) -> str:
    """How it stands, with what was measured."""
    parts = [_STATES[row.state].say(lang, at=exactly(int(row.at), lang))]
    if row.days is not None:
        parts.append(_DAYS.say(lang, n=row.days))
    if row.seconds is not None:
        figure = f"{row.seconds:.2f}".replace(".", "," if lang == "fr" else ".")
        parts.append(_SECONDS.say(lang, seconds=figure))
    return " · ".join(parts)


def cause(row: SelfTestRow, lang: str) -> str:
    """Why; empty if it works, the code itself where it has no words."""
    return why(row.code, lang)


def next_step(row: SelfTestRow, lang: str) -> str:
    """What to do; empty if nothing is."""
    return step(row.code, lang)


def why(code: str, lang: str) -> str:
    """The cause that a code names."""
    return _WHY[code][0].say(lang, most=SKEW_S) if code in _WHY else code


def step(code: str, lang: str) -> str:
    """What to do about it; empty if nothing is."""
    return _WHY[code][1].say(lang) if code in _WHY else ""
