"""Every code of a refusal over HTTP: its status, which requests get it, and what it means.

`/openapi.json` lists them for each operation, and the schema of a problem as one closed choice. A
test reads the code of the service and of the parts of `contracts/` that a request reaches, and names
a code that is missing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple


class Code(NamedTuple):
    """One cause of refusal.

    Attributes:
        status: HTTP status.
        group: the requests that get it: `every`, or one of those that `openapi.py` names for an
            operation.
        meaning: one sentence, with what to do where that is not plain.
    """

    status: int
    group: str
    meaning: str


_EVERY: Final = {
    "token_missing": Code(401, "every", "No bearer token came."),
    "token_unknown": Code(401, "every", "The token is no desk's of this service."),
    "other_desk": Code(403, "every", "`desk` is not the token's own desk."),
    "parameter_unknown": Code(422, "every", "The route has no query parameter of this name."),
    "invalid_request": Code(
        422, "every", "A parameter, or a member of a small body, is not as described; see `errors`."
    ),
    "too_many_at_once": Code(429, "every", "This caller has too many requests in hand."),
    "internal": Code(500, "every", "The service failed; `request_id` finds it in its log."),
    "busy": Code(503, "every", "All callers together have too many requests in hand."),
    "starting": Code(503, "every", "The service starts."),
    "stopping": Code(503, "every", "The service ends."),
    "kafka_unreachable": Code(
        503, "every", "Kafka did not answer in time; try again with the same Idempotency-Key."
    ),
    "nothing_adopted": Code(503, "every", "No convention or no directory is in force."),
}
_PUBLISH: Final = {
    "bad_idempotency_key": Code(400, "publish", "The key is too long or not printable ASCII."),
    "key_reused": Code(409, "publish", "The key came with another body before."),
    "too_many_new_cases": Code(
        429,
        "publish",
        "The desk has opened as many cases in this hour as the convention allows; `Retry-After` "
        "says how long the hour lasts. What concerns a known case is taken.",
    ),
    "too_much_on_case": Code(
        429,
        "publish",
        "The case holds so much of the desk's own that more of it counts as new cases, and too few "
        "of this hour's are left; `Retry-After` says how long it lasts. Other cases are taken.",
    ),
    "routing_behind": Code(503, "publish", "Too many own events wait for routing's decision."),
    "directory_expired": Code(503, "publish", "The directory in force has expired."),
    "desk_not_in_directory": Code(503, "publish", "The desk itself is not in the directory."),
    "nothing_to_publish": Code(
        422, "publish", "No part of it may be sent to anybody; `to` has reasons and right doors."
    ),
    "case_unknown": Code(422, "publish", "This service has never seen the quoted case."),
    "wrong_realm": Code(422, "publish", "The agency does not act on this bus."),
    "no_signing_key": Code(
        503, "publish", "The desk holds no signing key that the directory in force lists as valid."
    ),
    "no_encryption_key": Code(422, "publish", "A named desk has no valid key to be sealed for."),
    "calendar_ended": Code(500, "publish", "The convention's calendar ends before a deadline."),
    "too_many_parts": Code(422, "publish", "The event would hold more parts than one may."),
    "part_too_large": Code(422, "publish", "A part would be larger than one may be."),
    "no_addressee": Code(422, "publish", "It names no desk."),
    "call_after_event": Code(422, "publish", "The call is said to be after the event itself."),
    "fact_out_of_bounds": Code(422, "publish", "A date lies outside what its act allows."),
    "unknown_fact": Code(422, "publish", "The act has no such fact."),
    "cover_malformed": Code(422, "publish", "The cover would break a rule of its form."),
}
_BODY: Final = {
    "bad_length": Code(400, "body", "Content-Length is not a number of bytes."),
    "too_deep": Code(400, "body", "Nested more deeply than is read."),
    "not_json": Code(400, "body", "The body is not JSON, or not UTF-8."),
    "duplicate_key": Code(400, "body", "A key stands twice in an object."),
    "not_an_object": Code(400, "body", "The body is JSON, but not an object."),
    "too_large": Code(413, "body", "The body is larger than is read."),
    "media_type": Code(415, "body", "Content-Type is not application/json."),
    "content_encoding": Code(415, "body", "The body is compressed."),
    "value_not_allowed": Code(422, "body", "It holds null, a fraction or a too large integer."),
}
_RECORD: Final = {
    "kind_unknown": Code(422, "record", "`kind` is none of this agency's."),
    "kind_not_for_desk": Code(422, "record", "The desk's role does not file this kind."),
    "field_unknown": Code(422, "record", "The record has a field that its kind does not have."),
    "field_missing": Code(422, "record", "A field is missing."),
    "wrong_type": Code(422, "record", "A field holds another type of value."),
    "text_not_allowed": Code(422, "record", "A text has not the form of its field."),
    "text_too_long": Code(422, "record", "A text is too long."),
    "text_too_short": Code(422, "record", "A text is too short."),
    "number_too_large": Code(422, "record", "A number is too large."),
    "number_too_small": Code(422, "record", "A number is too small."),
    "list_too_long": Code(422, "record", "A list has too many items."),
    "list_too_short": Code(422, "record", "A list has too few items."),
    "code_unknown": Code(422, "record", "A coded value is none of its field's."),
    "not_valid": Code(422, "record", "A value is not one that its field allows."),
    "not_a_date": Code(422, "record", "No such day is in the calendar."),
    "not_a_moment": Code(422, "record", "Not an instant with its offset, or before 1971."),
    "null_not_allowed": Code(422, "record", "A field is null: leave it out."),
    "contradiction": Code(422, "record", "Two fields say what cannot both be so."),
    "incomplete": Code(422, "record", "A field needs another beside it."),
    "date_in_future": Code(422, "record", "Somebody is born after the day on which it is filed."),
    "no_case": Code(422, "record", "Neither `reference` nor `case` says which case it is."),
    "desk_repeated": Code(422, "record", "`to` names a desk twice."),
    "not_two_cases": Code(422, "record", "A link names one case twice."),
    "base64_not_canonical": Code(422, "record", "A photograph is not canonical base64url."),
    "desk_unknown": Code(422, "record", "No desk of this name is in the directory."),
    "desk_ambiguous": Code(422, "record", "Several desks have the role: `to` must name one."),
    "desk_of_other_role": Code(422, "record", "The named desk has another role."),
    "own_desk": Code(422, "record", "The record names its own desk as addressee."),
    "answer_not_used": Code(422, "record", "`answers` names what no event of the record answers."),
}
_OTHER: Final = {
    "cursor_not_ours": Code(400, "inbox", "The cursor was altered, or is another desk's."),
    "cursor_too_old": Code(410, "inbox", "Older than what is kept; `gaps` says what is lost."),
    "kind_unknown": Code(404, "kind", "`kind` is none of this agency's."),
    "no_such_route": Code(404, "event", "No such path."),
    "method_not_allowed": Code(405, "path", "The path has other methods; see `Allow`."),
    "event_unknown": Code(404, "event", "No such event of this desk."),
    "id_of_two_events": Code(
        409, "event", "The id came in two cases: answer by the names that inbox and duties have."
    ),
    "webhook_unset": Code(
        404, "webhook", "The service's operator has set no receiver for the desk."
    ),
    "motive_missing": Code(422, "acknowledge", "An access is justified by a `motive`."),
    "not_delivered": Code(409, "withdraw", "No desk has it, or routing has not decided yet."),
    "no_feedback_by_role": Code(422, "outcome", "The desk's role gives no outcome."),
    "outcome_missing": Code(422, "outcome", "The body has no code, status or measure."),
    "code_not_for_role": Code(422, "outcome", "The desk's role does not give this code."),
    "contradiction": Code(422, "outcome", "Members of the body say what cannot both be so."),
}

CODES: Final[dict[str, Code]] = _EVERY | _PUBLISH | _BODY | _OTHER | _RECORD
_ALL: Final = [
    pair for table in (_EVERY, _PUBLISH, _BODY, _OTHER, _RECORD) for pair in table.items()
]


def of(groups: Iterable[str]) -> dict[int, dict[str, str]]:
    """Status to code and meaning, of the requests of some groups; `every` is one of them."""
    asked, by_status = {"every", *groups}, dict[int, dict[str, str]]()
    for code, (status, group, meaning) in _ALL:
        if group in asked:
            by_status.setdefault(status, {})[code] = meaning
    return dict(sorted(by_status.items()))
