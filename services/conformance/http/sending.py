"""What befalls records that the tested system sends: refusals, answers that do not come, doors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.conformance import requirements as asks
from services.conformance.case import Requirement
from services.conformance.http.recording import (
    NOT_TRIED,
    TAKEN,
    HttpRecording,
    RecordedRequest,
    said_again,
)
from services.conformance.http.trial import HttpCase, KitTask, no_task
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

LATER: Final = (429, 503)
WHOLE: Final = 200  # from which on a status is of a whole answer
EARLY_S: Final = 0.1  # by which a wait may seem short
ELSEWHERE: Final = "/sign-in"  # where the sandbox's proxy leads to
ATTEMPT: Final = "attempt_recorded"


def _taken(recording: HttpRecording, case: str) -> str:
    """A record is sent, and taken."""
    sent = recording.sent(case)
    if not sent:
        return NOT_TRIED
    return "" if any(one.status == TAKEN for one in sent) else "not_taken"


def _again(recording: HttpRecording, case: str) -> str:
    """A record that was not answered is sent again as it was, until it is taken."""
    sent = recording.sent(case)
    if not sent:
        return NOT_TRIED
    first, later = sent[0], sent[1:]
    if not later:
        return "not_sent_again"
    if any(one.body != first.body for one in later):
        return "another_body"
    if not first.key or any(one.key != first.key for one in later):
        return "another_key"
    return "" if later[-1].status == TAKEN else "not_taken"


def _heard(recording: HttpRecording, case: str) -> str:
    """An answer that comes slowly is waited for, or the record sent again as it was."""
    sent = recording.sent(case)
    if sent and sent[0].status >= WHOLE:
        return "" if len(sent) == 1 else "sent_again"
    return _again(recording, case)


def _stays(recording: HttpRecording, case: str) -> str:
    """A redirect is not followed, and the record sent again where it belongs."""
    if recording.asked("POST", ELSEWHERE) or recording.asked("GET", ELSEWHERE):
        return "redirected"
    return _again(recording, case)


def _patient(recording: HttpRecording) -> str:
    """No record comes again before `Retry-After`."""
    sent, waits = recording.sent(), 0
    for place, one in enumerate(sent):
        again = _next(sent[place + 1 :], one.body) if one.status in LATER else None
        if again is None:
            continue
        waits += 1
        if again.at < one.until + one.retry_after - EARLY_S:
            return "too_soon"
    return "" if waits else NOT_TRIED


def _next(requests: Sequence[RecordedRequest], body: str) -> RecordedRequest | None:
    return next((one for one in requests if one.body == body), None)


def _unrepeated(recording: HttpRecording, case: str) -> str:
    """A record that was refused for itself does not come again unaltered."""
    sent = recording.sent(case)
    if not sent:
        return NOT_TRIED
    return "sent_again" if _next(sent[1:], sent[0].body) else ""


def _door(recording: HttpRecording, case: str) -> str:
    """After an attempt that reached nobody, another record reaches somebody, and no second attempt is made."""
    answered = [one.told for one in recording.sent(case) if one.status == TAKEN]
    attempts = {str(one["events"]) for one in answered if one.get("outcome") == ATTEMPT}
    if not attempts:
        return NOT_TRIED
    if len(attempts) > 1:
        return "attempted_again"
    return "" if any(one.get("sent_to") for one in answered) else "no_door"


def _once(recording: HttpRecording) -> str:
    """The same record never becomes two events."""
    became: dict[str, str] = {}
    for one in recording.sent():
        if one.status == TAKEN and one.reference:
            events = str(one.told.get("events"))
            if became.setdefault(one.body, events) != events:
                return "sent_twice"
    return "" if became else NOT_TRIED


def _keyed(recording: HttpRecording) -> str:
    """Each record has a key, and none has another's."""
    bodies: dict[str, str] = {}
    for one in recording.sent():
        if not one.key:
            return "no_key"
        if bodies.setdefault(one.key, one.body) != one.body:
            return "key_of_another"
    return "" if bodies else NOT_TRIED


def _seen(recording: HttpRecording, case: str) -> str:
    """The refusal of an event is asked for and told."""
    events = recording.events(case)
    if not events:
        return NOT_TRIED
    told = (
        item
        for one in recording.requests
        if one.method == "GET" and "/referrals" in one.path
        for item in (one.told, *one.items)
    )
    refused = any(item.get("event") in events and item.get("state") == "refused" for item in told)
    return "" if refused else "not_looked"


def _withdrawn(recording: HttpRecording, case: str) -> str:
    """An event of one's own is taken back."""
    events = recording.events(case)
    if not events:
        return NOT_TRIED
    back = [one for event, one in recording.replies("withdraw") if event in events]
    return "" if any(one.status == TAKEN for one in back) else "not_taken_back"


def _withdrawn_again(recording: HttpRecording) -> str:
    """A withdrawal that was not answered is said again."""
    return said_again(recording.replies("withdraw"))


def _hidden(recording: HttpRecording) -> str:
    """No token stands in an address."""
    if any(one.token_in_address for one in recording.requests):
        return "token_in_address"
    return "" if any(one.desk for one in recording.requests) else NOT_TRIED


def _case(
    name: str, title: Text, asked: Requirement, words: str,
    look: Callable[[HttpRecording, str], str], *, wants: str = "",
) -> HttpCase:  # fmt: skip
    """A case of a record that something befalls; `look` is told the case whose record it is."""
    task = KitTask(words, wants)
    adverse = bool(words or wants)
    return HttpCase(
        name, title, asked, lambda: task,
        look=lambda recording: look(recording, name), adverse=adverse,
    )  # fmt: skip


CASES: Final = (
    _case("sent", _("A record that is taken"), asks.HTTP_SEND, "", _taken),
    HttpCase("key-of-its-own", _("A key with each record, and none that another record has"),
             asks.HTTP_KEY, no_task, look=_keyed),
    HttpCase("token-in-header", _("The token in the header, and in no address"), asks.HTTP_TOKEN,
             no_task, look=_hidden),
    _case("busy", _("A first request that is answered with 503 `busy`"), asks.HTTP_AGAIN,
          "problem=busy", _again),
    _case("too-much", _("A first request that is answered with 429 `too_many_new_cases`"),
          asks.HTTP_AGAIN, "problem=too_many_new_cases", _again),
    _case("answer-lost", _("A record that was taken, and answered with 503 as if Kafka were away"),
          asks.HTTP_AGAIN, "unanswered", _again),
    _case("answer-cut", _("A record that was taken, and whose answer breaks off in the middle"),
          asks.HTTP_BROKEN, "answer=cut", _again),
    _case("answer-reset", _("A record that was taken, and whose connection is reset before an answer"),
          asks.HTTP_BROKEN, "answer=reset", _again),
    _case("record-lost", _("A record that was not taken, and whose connection is reset"),
          asks.HTTP_BROKEN, "answer=lost", _again),
    _case("answer-silent", _("A record that was taken, and of which nothing comes on a connection that stands"),
          asks.HTTP_BROKEN, "answer=silent", _again),
    _case("answer-slow", _("An answer that comes in pieces, over three seconds"),
          asks.HTTP_BROKEN, "answer=slow", _heard),
    _case("bad-gateway", _("A proxy’s 502 with a page, of a record that was not taken"),
          asks.HTTP_BROKEN, "answer=bad_gateway", _again),
    _case("gateway-timeout", _("A proxy’s 504 with a page, of a record that was taken"),
          asks.HTTP_BROKEN, "answer=gateway_timeout", _again),
    _case("proxy-busy", _("A proxy’s 503 with a page, and `Retry-After` as a date"),
          asks.HTTP_BROKEN, "answer=proxy_busy", _again),
    _case("proxy-limit", _("A proxy’s 429 with a page, and `Retry-After` in seconds"),
          asks.HTTP_BROKEN, "answer=proxy_limit", _again),
    _case("proxy-page", _("A proxy’s page with 200, as where one has to sign in: it is no answer"),
          asks.HTTP_BROKEN, "answer=proxy_page", _again),
    _case("redirect", _("A proxy’s 307 to another address"), asks.HTTP_REDIRECT,
          "answer=redirect", _stays),
    HttpCase("retry-after", _("Answers that say when to come again"), asks.HTTP_AGAIN, no_task,
             look=_patient, adverse=True),
    HttpCase("one-event", _("One event of each record, whatever befell it"), asks.HTTP_ONCE,
             no_task, look=_once, adverse=True),
    _case("refused-request", _("A request that is refused with 422 `invalid_request`"),
          asks.HTTP_REFUSED, "problem=invalid_request", _unrepeated),
    _case("door", _("A record for a desk that no clause allows: nothing is sent, and the answer names doors"),
          asks.HTTP_DOOR, "", _door, wants="door"),
    _case("refused-by-bus", _("A record that is taken, and then refused by the bus"),
          asks.HTTP_STANDING, "refuse=not_informed", _seen),
    _case("taken-back", _("A record that is taken back after it was sent"), asks.HTTP_STANDING,
          "", _withdrawn),
    HttpCase("withdrawal-unanswered", _("A withdrawal whose answer breaks off"), asks.HTTP_BROKEN,
             no_task, look=_withdrawn_again, adverse=True),
)  # fmt: skip
