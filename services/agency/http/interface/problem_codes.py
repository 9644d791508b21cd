"""Every code of a refusal over HTTP: its status, and which requests get it.

`/openapi.json` lists them for each operation, and the schema of a problem as one closed choice. A
test reads the code of the service and of the parts of `contracts/` that a request reaches, and
names a code that is missing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from services.labels.problem_texts import PROBLEM_TEXTS


class Code(NamedTuple):
    """One cause of refusal; its group says which requests get it (`operation` in `openapi.py`)."""

    status: int
    group: str
    meaning: str


# group -> status -> codes
_GROUPS: Final[dict[str, dict[int, tuple[str, ...]]]] = {
    "every": {
        401: ("token_missing", "token_unknown"),
        403: ("other_desk",),
        422: ("parameter_unknown", "invalid_request"),
        429: ("too_many_at_once",),
        500: ("internal",),
        503: ("busy", "starting", "stopping", "kafka_unreachable", "nothing_adopted"),
    },
    "publish": {
        400: ("bad_idempotency_key",),
        409: ("key_reused",),
        429: ("too_many_new_cases",),
        503: ("routing_behind", "directory_expired", "desk_not_in_directory", "no_signing_key"),
        422: (
            "nothing_to_publish", "case_unknown", "wrong_realm", "no_encryption_key",
            "too_many_parts", "part_too_large", "no_addressee", "call_after_event",
            "fact_out_of_bounds", "unknown_fact", "cover_malformed",
        ),
        500: ("calendar_ended",),
    },
    "body": {
        400: ("bad_length", "too_deep", "not_json", "duplicate_key", "not_an_object"),
        413: ("too_large",),
        415: ("media_type", "content_encoding"),
        422: ("value_not_allowed", "null_not_allowed"),
    },
    "inbox": {400: ("cursor_not_ours",), 410: ("cursor_too_old",)},
    "kind": {404: ("kind_unknown",)},
    "event": {404: ("no_such_route", "event_unknown"), 409: ("id_of_two_events",)},
    "webhook": {404: ("webhook_unset",)},
    "path": {405: ("method_not_allowed",)},
    "look_up": {422: ("no_look_ups",)},
    "withdraw": {409: ("not_delivered", "withdrawal_pending")},
    "outcome": {
        422: ("no_feedback_by_role", "outcome_missing", "code_not_for_role", "contradiction")
    },
    "record": {
        422: (
            "kind_unknown", "kind_not_for_desk", "field_unknown", "field_missing", "wrong_type",
            "text_not_allowed", "text_too_long", "text_too_short", "number_too_large",
            "number_too_small", "list_too_long", "list_too_short", "code_unknown", "not_valid",
            "not_a_date", "not_a_moment", "contradiction", "incomplete",
            "date_in_future", "date_in_past", "no_case", "desk_repeated", "not_two_cases",
            "base64_not_canonical", "desk_unknown", "desk_ambiguous", "desk_of_other_role",
            "own_desk", "answer_not_used",
        ),
    },
}  # fmt: skip


def _all() -> Iterator[tuple[str, Code]]:
    for group, by_status in _GROUPS.items():
        for status, codes in by_status.items():
            for code in codes:
                yield code, Code(status, group, PROBLEM_TEXTS[code].meaning.say("en"))


_ALL: Final = tuple(_all())
CODES: Final[dict[str, Code]] = dict(_ALL)  # of a code in two groups its last


def of(groups: Iterable[str]) -> dict[int, dict[str, str]]:
    """Status to code and meaning, of the requests of some groups; `every` is one of them."""
    asked, by_status = {"every", *groups}, dict[int, dict[str, str]]()
    for code, (status, group, meaning) in _ALL:
        if group in asked:
            by_status.setdefault(status, {})[code] = meaning
    return dict(sorted(by_status.items()))
