"""Step 1: size, headers and form of what Kafka brings, before anything is believed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from contracts.encoding import canonical
from contracts.envelope import cloudevent
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.workbench import Workbench


def _shelled(change: Callable[[dict[str, Any]], object]) -> Making:
    """A sound delivery whose shell is changed and written anew."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        shell = whole.shell()
        change(shell)
        return [whole.record(canonical(shell))]

    return make


def _valued(change: Callable[[bytes], bytes | None]) -> Making:
    """A sound delivery whose bytes are changed."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        return [whole.record(change(canonical(whole.shell())))]

    return make


def _headed(*headers: tuple[str, bytes | None]) -> Making:
    return lambda bench: [bench.whole().record(headers=headers)]


def _set(name: str, value: Any) -> Making:
    return _shelled(lambda shell: shell.__setitem__(name, value))


def _published(bench: Workbench) -> list[Record]:
    """The issuer's own form in an inbox, every desk's parts in it."""
    whole = bench.whole()
    shell = whole.shell()
    shell["data"] = {"cover": whole.slip, "parts": list(whole.parts), "slips": [whole.slip]}
    return [whole.record(canonical(shell))]


def _many_parts(bench: Workbench) -> list[Record]:
    whole = bench.whole()
    return [whole.having(parts=whole.parts * 22).record()]


_CONTENT: Final = cloudevent.headers()[0]


_case: Final = partial(refusal, section="envelope §2.7, §6.1")


CASES: Final = (
    _case("not-json", "A value that is no JSON", _valued(lambda _value: b"{relais"), "not_json"),
    _case(
        "too-deep", "JSON that is nested twenty deep",
        _valued(lambda _value: b'{"a":' * 20 + b"1" + b"}" * 20), "too_deep", "wrong_event_keys",
    ),
    _case(
        "null-claim", "A CloudEvent with a null beside its members", _set("dataschema", None),
        "value_not_allowed", "wrong_event_keys",
    ),
    _case(
        "extension-attribute", "A CloudEvent with a member more", _set("partitionkey", "x"),
        "wrong_event_keys",
    ),
    _case(
        "binary-mode", "A CloudEvent of another content type",
        _headed(("content-type", b"application/json")), "wrong_content_type",
    ),
    _case("no-content-type", "A record without its content type", _headed(), "wrong_content_type"),
    _case(
        "content-type-twice", "A record with two content types", _headed(_CONTENT, _CONTENT),
        "wrong_content_type",
    ),
    _case(
        "null-header", "A Kafka header without a value", _headed(_CONTENT, ("x", None)),
        "null_header",
    ),
    _case(
        "many-headers", "Seventeen Kafka headers",
        _headed(_CONTENT, *((f"x{number}", b"1") for number in range(16))), "too_many_headers",
    ),
    _case(
        "published-form", "An event as its issuer publishes it, in an inbox", _published,
        "wrong_data",
    ),
    _case("sixty-six-parts", "More parts than an event may have", _many_parts, "too_many"),
    _case(
        "white-space", "The same JSON with a blank after a comma",
        _valued(lambda value: value.replace(b'","', b'", "', 1)), "not_canonical",
        section="envelope §2.2",
    ),
    _case(
        "key-twice", "A member twice, once with another value",
        _valued(lambda value: value.replace(b'"id":', b'"id":"x","id":', 1)),
        "duplicate_key", "not_canonical", section="envelope §2.2",
    ),
    _case(
        "members-unsorted", "The same members in another order",
        _valued(lambda value: b'{"type":' + value.split(b'"type":')[1][:-1] + b"," + value.split(
            b',"type":')[0][1:] + b"}"), "not_canonical", section="envelope §2.2",
    ),
    _case(
        "escaped-text", "The same text with an escaped character",
        _valued(lambda value: value.replace(b'"urn:', b'"\\u0075rn:', 1)), "not_canonical",
        section="envelope §2.2",
    ),
    *(
        _case(
            f"shell-{name}-differs", title, _shelled(lambda shell, name=name: shell.__setitem__(  # type: ignore[misc]
                name, shell[name] + ("x" if name != "time" else ""))) if name != "time" else
            _set("time", "2026-01-01T00:00:00Z"), "cloudevent_differs", section="envelope §6.1",
        )
        for name, title in (
            ("id", "A CloudEvent that names another event than its slip"),
            ("source", "A CloudEvent that names another issuer than its slip"),
            ("subject", "A CloudEvent that names another case than its slip"),
            ("type", "A CloudEvent that names another type than its slip"),
            ("time", "A CloudEvent of another instant than its slip"),
        )
    ),
)  # fmt: skip
