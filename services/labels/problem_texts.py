"""Every code of a problem document (RFC 9457): who must act, what it means, what to do next.

`at` names the side that must act: `issuer` is whoever sends the request or the record, `router` the
bus and who operates it (services, Kafka, directory, convention), `recipient` the desk that it is
for. Reasons of the convention have the same in `reason_advice.py`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

At = Literal["issuer", "router", "recipient"]


_MEND: Final = _(
    "Correct what `place` and `expected` name, and send it again; nothing was published."
)


class ProblemText(NamedTuple):
    """What is said of a problem's code."""

    meaning: Text
    next: Text = _MEND
    at: At = "issuer"


_BODY: Final = _("Send one JSON object in UTF-8; nothing was published.")
_TOKEN: Final = _("Send the desk’s own token in `Authorization`; the agency’s operator gives it.")
_AGAIN: Final = _(
    "Wait as long as `Retry-After` says, and send the same request with the same Idempotency-Key."
)
_LESS: Final = _("Send less at once: leave fields out, or make two records of it.")
_OPERATOR: Final = _("Tell the service’s operator the `request_id`; the same again would fail too.")
_AN_HOUR: Final = _(
    "Send it again after `Retry-After`. What is urgent goes by phone: 17, 119, the duty magistrate."
)
A_DESK: Final = _("Take a desk that `GET /v1/desks` lists.")
_THE_FORM: Final = _("Look at the form of the record, `GET /v1/records/KIND`, and send it again.")

PROBLEM_TEXTS: Final[dict[str, ProblemText]] = {
    # --- Every request ----------------------------------------------------------------------------
    "token_missing": ProblemText(_("No bearer token came."), _TOKEN),
    "token_unknown": ProblemText(_("The token is no desk’s of this service."), _TOKEN),
    "other_desk": ProblemText(
        _("`desk` is not the token’s own desk, nor one that it follows."),
        _("Leave `desk` out, or send that desk’s own token."),
    ),
    "parameter_unknown": ProblemText(
        _("The route has no query parameter of this name."),
        _("Use the parameters that `expected` lists."),
    ),
    "invalid_request": ProblemText(
        _("A parameter, or a member of a small body, is not as described; see `errors`.")
    ),
    "too_many_at_once": ProblemText(
        _("This caller has too many requests in hand."),
        _("Keep fewer requests open, and send this one again after `Retry-After`."),
    ),
    "refused": ProblemText(_("HTTP itself refuses the request.")),
    "internal": ProblemText(
        _("The service failed; `request_id` finds it in its log."), _OPERATOR, at="router"
    ),
    "busy": ProblemText(
        _("All callers together have too many requests in hand."), _AGAIN, at="router"
    ),
    "starting": ProblemText(_("The service starts."), _AGAIN, at="router"),
    "stopping": ProblemText(_("The service ends."), _AGAIN, at="router"),
    "kafka_unreachable": ProblemText(
        _("Kafka did not answer in time; try again with the same Idempotency-Key."),
        _AGAIN,
        at="router",
    ),
    "nothing_adopted": ProblemText(
        _("No convention or no directory is in force."),
        _("The owners have to adopt both; the operator sees with `relais status` what is missing."),
        at="router",
    ),
    # --- What is published ------------------------------------------------------------------------
    "bad_idempotency_key": ProblemText(
        _("The key is empty, too long or not printable ASCII."),
        _("Take a key of 1 to 200 printable ASCII characters, such as a UUID."),
    ),
    "key_reused": ProblemText(
        _("The key came with another body before."),
        _("Take a new key for a new request; to repeat the first one, send its body unchanged."),
    ),
    "too_many_new_cases": ProblemText(
        _(
            "The desk has opened as many cases in this hour as its service lets it; `Retry-After` "
            "says how long the hour lasts. What concerns a known case is taken."
        ),
        _AN_HOUR,
    ),
    "routing_behind": ProblemText(
        _("Too many own events wait for routing’s decision."), _AGAIN, at="router"
    ),
    "directory_expired": ProblemText(
        _("The directory in force has expired."),
        _("Whoever keeps the directory has to sign a newer one; send it again after that."),
        at="router",
    ),
    "desk_not_in_directory": ProblemText(
        _("The desk itself is not in the directory."),
        _("Ask whoever keeps the directory to enter the desk."),
        at="router",
    ),
    "nothing_to_publish": ProblemText(
        _("No part of it may be sent to anybody; `to` has reasons and suggested recipients."),
        _("Meet the condition that `to` names, or write to a door that it names."),
    ),
    "case_unknown": ProblemText(
        _("This service has never seen the quoted case."),
        _("Quote the `case` of an arrival of this agency, or give your own `reference`."),
    ),
    "wrong_realm": ProblemText(
        _("The agency does not act on this bus."),
        _("Have an agency send it that acts on that bus."),
    ),
    "no_look_ups": ProblemText(
        _("The convention in force lets no desk look up who takes part in a case."),
        _("The owners would have to adopt a convention with the table `access`."),
        at="router",
    ),
    "no_signing_key": ProblemText(
        _("The desk holds no signing key that the directory in force lists as valid."),
        _("Ask your operator to have a key of the desk entered in the directory."),
    ),
    "no_encryption_key": ProblemText(
        _("A named desk has no valid key to be sealed for."),
        _("The named desk has to publish a key; until then name another desk, or call."),
        at="recipient",
    ),
    "calendar_ended": ProblemText(
        _("The convention’s calendar ends before a deadline."),
        _("The owners have to adopt a version whose calendar goes further."),
        at="router",
    ),
    "too_many_parts": ProblemText(_("The event would hold more parts than one may."), _LESS),
    "part_too_large": ProblemText(_("A part would be larger than one may be."), _LESS),
    "no_addressee": ProblemText(_("It names no desk."), A_DESK),
    "call_after_event": ProblemText(_("The call is said to be after the event itself.")),
    "fact_out_of_bounds": ProblemText(_("A date lies outside what its act allows.")),
    "unknown_fact": ProblemText(_("The act has no such fact.")),
    "cover_malformed": ProblemText(_("The cover would break a rule of its form.")),
    # --- Bodies -----------------------------------------------------------------------------------
    "bad_length": ProblemText(_("Content-Length is not a number of bytes.")),
    "too_deep": ProblemText(_("Nested more deeply than is read.")),
    "not_json": ProblemText(_("The body is not JSON, or not UTF-8."), _BODY),
    "duplicate_key": ProblemText(_("A key stands twice in an object.")),
    "not_an_object": ProblemText(_("The body is JSON, but not an object."), _BODY),
    "too_large": ProblemText(_("The body is larger than is read."), _LESS),
    "media_type": ProblemText(
        _("Content-Type is not the one that the route takes."),
        _("Send it with the Content-Type that `expected` names."),
    ),
    "content_encoding": ProblemText(
        _("The body is compressed."), _("Send it without Content-Encoding.")
    ),
    "value_not_allowed": ProblemText(
        _("It holds null, a fraction or a too large integer."),
        _("Leave out what has no value; send numbers as integers, and send it again."),
    ),
    # --- Records ----------------------------------------------------------------------------------
    "kind_unknown": ProblemText(
        _("`kind` is none of this agency’s."), _("Take a kind that `expected` lists.")
    ),
    "kind_not_for_desk": ProblemText(
        _("The desk’s role does not file this kind."),
        _("Have a desk file it whose role `expected` names."),
    ),
    "field_unknown": ProblemText(
        _("The record has a field that its kind does not have."), _THE_FORM
    ),
    "field_missing": ProblemText(_("A field is missing."), _THE_FORM),
    "wrong_type": ProblemText(_("A field holds another type of value.")),
    "text_not_allowed": ProblemText(_("A text has not the form of its field.")),
    "text_too_long": ProblemText(_("A text is too long.")),
    "text_too_short": ProblemText(_("A text is too short.")),
    "number_too_large": ProblemText(_("A number is too large.")),
    "number_too_small": ProblemText(_("A number is too small.")),
    "list_too_long": ProblemText(_("A list has too many items.")),
    "list_too_short": ProblemText(_("A list has too few items.")),
    "code_unknown": ProblemText(
        _("A coded value is none of its field’s."),
        _("Take a code that `expected` lists; `GET /v1/codes` says what each means."),
    ),
    "not_valid": ProblemText(_("A value is not one that its field allows.")),
    "not_a_date": ProblemText(_("No such day is in the calendar.")),
    "not_a_moment": ProblemText(_("Not an instant with its offset, or before 1971.")),
    "null_not_allowed": ProblemText(
        _("A field is null: leave it out."), _("Leave the field out, and send it again.")
    ),
    "contradiction": ProblemText(_("Two fields say what cannot both be so.")),
    "incomplete": ProblemText(_("A field needs another beside it.")),
    "date_in_future": ProblemText(_("A day has not come when it is filed.")),
    "date_in_past": ProblemText(_("A day to answer by is past when it is filed.")),
    "no_case": ProblemText(
        _("Neither `reference` nor `case` says which case it is."),
        _("Give your own `reference`, the same for the same child, or quote a `case`."),
    ),
    "desk_repeated": ProblemText(_("`to` names a desk twice.")),
    "not_two_cases": ProblemText(_("A link names two cases by their tokens: `case` and `peer`.")),
    "base64_not_canonical": ProblemText(_("A photograph is not canonical base64url.")),
    "desk_unknown": ProblemText(_("No desk of this name is in the directory."), A_DESK),
    "desk_ambiguous": ProblemText(
        _("Several desks have the role: `to` must name one."), _("Name one of them in `to`.")
    ),
    "desk_of_other_role": ProblemText(_("The named desk has another role."), A_DESK),
    "own_desk": ProblemText(_("The record names its own desk as addressee."), A_DESK),
    "answer_not_used": ProblemText(_("`answers` names what no event of the record answers.")),
    # --- Arrivals, own events, paths --------------------------------------------------------------
    "cursor_not_ours": ProblemText(
        _("The cursor was altered, or is another desk’s or an earlier sandbox’s."),
        _("Begin again without `after`: what is still kept comes again, in order."),
    ),
    "cursor_too_old": ProblemText(
        _("Older than what is kept; `gaps` says what is lost."),
        _("Begin again without `after`, and ask the senders for what `gaps` covers."),
    ),
    "no_such_route": ProblemText(_("No such path."), _("Take a path of `/openapi.json`.")),
    "method_not_allowed": ProblemText(
        _("The path has other methods; see `Allow`."), _("Use a method that `Allow` names.")
    ),
    "event_unknown": ProblemText(
        _("No such event of this desk."), _("Take an id that an answer to this desk has named.")
    ),
    "id_of_two_events": ProblemText(
        _("The id came in two cases: answer by the names that inbox and duties have."),
        _("Take the name that inbox and duties have for the event that you mean."),
    ),
    "webhook_unset": ProblemText(
        _("The service’s operator has set no receiver for the desk."),
        _("Ask your operator to set a receiver for the desk; until then read the inbox."),
        at="router",
    ),
    "not_delivered": ProblemText(
        _("No desk has it, or routing has not decided yet."),
        _("See where it stands; what nobody has needs no withdrawal."),
    ),
    "withdrawal_pending": ProblemText(
        _("Another withdrawal of it waits for the bus’s decision."),
        _("See where the event that `expected` names stands."),
    ),
    "no_feedback_by_role": ProblemText(
        _("The desk’s role gives no outcome."),
        _("Acknowledge it, or answer by a record that quotes the case."),
    ),
    "outcome_missing": ProblemText(
        _("The body has no code, status or measure."), _("Give one of the three.")
    ),
    "code_not_for_role": ProblemText(
        _("The desk’s role does not give this code."), _("Take a code that `expected` lists.")
    ),
    # --- The log's witness: asked by logs, not by desks
    # --------------------------------------------
    "origin_unknown": ProblemText(
        _("The witness follows no log of this name."),
        _("Ask a witness whose trust policy names the log."),
    ),
    "witness_unavailable": ProblemText(
        _("The witness cannot remember, and cosigns nothing meanwhile."), _AGAIN, at="router"
    ),
}
