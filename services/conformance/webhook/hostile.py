"""What anyone on the internet may post to a receiver's address."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from services.conformance import requirements as asks
from services.conformance.case import Requirement
from services.conformance.webhook.posting import (
    ID,
    REFUSED,
    SIGNATURE,
    TIMESTAMP,
    HookBench,
    HookKeys,
    KitRequest,
    Posting,
    WebhookCase,
    headed,
    hs256,
)
from services.texts import Catalogue, Text

_ = Catalogue(__name__)


def _without(name: str) -> Posting:
    return lambda bench: [bench.posted().having(**{name.replace("-", "_"): None})]


def _bodied(change: Callable[[bytes], bytes]) -> Posting:
    """A body altered after it was signed."""

    def make(bench: HookBench) -> list[KitRequest]:
        sound = bench.posted()
        return [replace(sound, body=change(sound.body))]

    return make


def _signed(sign: Callable[[HookKeys, bytes, KitRequest], str]) -> Posting:
    """Another signature over the text that is signed."""

    def make(bench: HookBench) -> list[KitRequest]:
        sound = bench.posted()
        text = f"{sound.headers[ID]}.{sound.headers[TIMESTAMP]}.".encode() + sound.body
        return [sound.having(webhook_signature=sign(bench.keys, text, sound))]

    return make


def _unnamed(bench: HookBench) -> list[KitRequest]:
    """No identifier, and none in what is signed."""
    body = bench.body()
    text = f".{bench.at}.".encode() + body
    signed = f"v1a,{bench.keys.v1a(text)} v1,{bench.keys.v1(text)}"
    return [bench.posted(body).having(webhook_id=None, webhook_signature=signed)]


def _stranger(bench: HookBench) -> list[KitRequest]:
    return [bench.posted(keys=HookKeys(bench.random(32), bench.random(32)))]


def _borrowed(bench: HookBench) -> list[KitRequest]:
    """Good signatures of one message over another."""
    first, second = bench.posted(), bench.posted()
    return [second.having(webhook_signature=first.headers[SIGNATURE])]


def _asked(bench: HookBench) -> list[KitRequest]:
    sound = bench.posted(b"")
    return [replace(sound, method="GET")]


def _at(seconds: int) -> Posting:
    """Signed rightly, at another time."""
    return lambda bench: [bench.posted(at=bench.at + seconds)]


def _unnumbered(bench: HookBench) -> list[KitRequest]:
    return [bench.posted(at="yesterday")]


def _spoil(pair: str) -> str:
    """Each signature's first character another."""
    return " ".join(
        f"{version},{'A' if text[0] != 'A' else 'B'}{text[1:]}"
        for version, text in (one.split(",") for one in pair.split())
    )


def _labels(pair: str) -> str:
    """Each signature under the other's version."""
    ours, shared = (one.split(",")[1] for one in pair.split())
    return f"v1,{ours} v1a,{shared}"


def _text_as_key(keys: HookKeys, text: bytes, _sound: KitRequest) -> str:
    """The secret's own text as the key, as who forgets to decode it computes it."""
    return f"v1,{hs256(keys.settings()['secret'].encode(), text)}"


def _case(
    name: str, title: Text, make: Posting, asked: Requirement = asks.HOOK_SIGNED
) -> WebhookCase:
    return WebhookCase(name, title, asked, make, frozenset({REFUSED}))


CASES: Final = (
    _case("without-signature", _("A message without a signature"), _without(SIGNATURE)),
    _case("without-id", _("A message without an identifier"), _unnamed),
    _case("without-timestamp", _("A message without a time"), _without(TIMESTAMP)),
    _case("signature-empty", _("An empty list of signatures"), headed(SIGNATURE, lambda _text: "")),
    _case("signature-nonsense", _("A list of signatures that is none"),
          headed(SIGNATURE, lambda _text: "signed")),
    _case("signature-altered", _("Signatures that were altered"), headed(SIGNATURE, _spoil)),
    _case("signatures-exchanged", _("Each signature under the other’s version"),
          headed(SIGNATURE, _labels)),
    _case("signature-of-another-message", _("The signatures of another message"), _borrowed),
    _case("signed-by-a-stranger", _("A message that another has signed"), _stranger),
    _case("unknown-version-only", _("A right signature under a version that nobody knows"),
          headed(SIGNATURE, lambda pair: f"v9,{pair.split(',')[-1]}")),
    _case("signature-cut-short", _("A shared signature cut to its first half"),
          _signed(lambda keys, text, _sound: f"v1,{keys.v1(text)[:20]}")),
    _case("signature-of-zeros", _("Signatures of zeros"),
          _signed(lambda _keys, _text, _sound: f"v1a,{b64encode(bytes(64)).decode()} v1,{b64encode(bytes(32)).decode()}")),
    _case("hmac-of-public-key", _("An HMAC that is keyed with the public key"),
          _signed(lambda keys, text, _sound: f"v1,{hs256(keys.public, text)}")),
    _case("hmac-of-secrets-text", _("An HMAC that is keyed with the secret as it is written"),
          _signed(_text_as_key)),
    _case("hmac-of-nothing", _("An HMAC with an empty key"),
          _signed(lambda _keys, text, _sound: f"v1,{hs256(b'', text)}")),
    _case("body-alone-signed", _("Signatures of the body alone, without identifier and time"),
          _signed(lambda keys, _text, sound: f"v1a,{keys.v1a(sound.body)} v1,{keys.v1(sound.body)}")),
    _case("many-signatures", _("Two hundred signatures, none of them right"),
          _signed(lambda _keys, _text, _sound: " ".join(["v1a," + "A" * 86 + "==", "v1," + "A" * 43 + "="] * 100))),
    _case("id-altered", _("Another identifier than was signed"), headed(ID, lambda text: f"{text}x")),
    _case("timestamp-altered", _("Another time than was signed"),
          headed(TIMESTAMP, lambda text: str(int(text) + 1))),
    _case("body-altered", _("Another event in the body than was signed"),
          _bodied(lambda body: body.replace(b'"kind":"IP"', b'"kind":"SIG"'))),
    _case("body-written-anew", _("The same JSON with blanks"),
          _bodied(lambda body: body.replace(b'":"', b'": "'))),
    _case("body-cut-short", _("A body cut short"), _bodied(lambda body: body[:-1])),
    _case("body-empty", _("An empty body under the signatures of another"), _bodied(lambda _body: b"")),
    _case("body-huge", _("A body of two mebibytes that nobody has signed"),
          _bodied(lambda body: body + b" " * (2 << 20))),
    _case("ten-minutes-old", _("A message of ten minutes ago, signed then"), _at(-600), asks.HOOK_TIME),
    _case("ten-minutes-ahead", _("A message that is signed for in ten minutes"), _at(600),
          asks.HOOK_TIME),
    _case("timestamp-no-number", _("A time that is no number, signed as it is"), _unnumbered,
          asks.HOOK_TIME),
    _case("asked-by-get", _("A question instead of a message"), _asked, asks.HOOK),
)  # fmt: skip
