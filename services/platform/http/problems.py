"""Errors over HTTP: RFC 9457 problem documents, `urn:relais:problem:<code>`.

Every refusal of a service's HTTP leaves through here, so that one rule can be held in one place:
a problem says what was got and what was expected in sizes, types, codes and names of *our* fields,
and never repeats what the caller sent. FastAPI's own validation error, which echoes its input, is
replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.decision.state.shelves import LostRowError
from contracts.errors import (
    DirectoryError,
    EnvelopeError,
    IntakeError,
    RelaisError,
    SignatureError,
    SignerError,
)
from contracts.vocabulary.schema_faults import SchemaFault, every
from services.labels.problem_texts import PROBLEM_TEXTS, At
from services.platform.process.exit_codes import FencedError, UnreachableError

M = TypeVar("M", bound=BaseModel)

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:relais:problem:"
NOT_NOW: Final = 503
RETRY_AFTER: Final = 2  # seconds; Kafka's own restart takes about that long

_DESCRIBED: Final = "what /openapi.json says of it"
_A_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,20}")  # ASCII, and no longer than ours might be

# Causes that a caller can cure by sending less or something else, and one that may pass.
_STATUS_OF_CODE: Final = {"too_large": 413, "too_deep": 400, "not_json": 400, "no_signing_key": 503}


def _member(description: str, example: Any, **more: Any) -> Any:
    """What a member is, as `/openapi.json` tells it."""
    return Field(description=description, examples=[example], **more)


class Fault(BaseModel):
    """One fault of a request."""

    model_config = ConfigDict(extra="allow")

    place: Annotated[str | None, _member("Member or parameter; names of ours alone.", "on")] = None
    cause: Annotated[str | None, _member("Kind of the fault.", "wrong_type")] = None
    got: Annotated[str | None, _member("What was found, never a value.", "text")] = None
    expected: Annotated[str | None, _member("What would be right.", "YYYY-MM-DD")] = None


_CODE: Final = f"^{URN}[a-z0-9_]+$"
_WHO: Final = (
    "Who must act: `issuer` (whoever sent this), `router` (the bus and who operates it) or "
    "`recipient` (the desk that it is for)."
)
_NEXT: Final = "What to do next, one sentence; `/problems/<code>` says it in French too."
_TAKE: Final = "Take an id that an answer to this desk has named."


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). It never repeats what was sent."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[
        str, _member("`urn:relais:problem:` and the code.", f"{URN}event_unknown", pattern=_CODE)
    ]
    title: Annotated[str, _member("The status in words.", "Not Found")]
    status: Annotated[int, _member("The answer's own status.", 404)]
    code: Annotated[str, _member("Cause.", "event_unknown")]
    got: Annotated[
        str | None, _member("What was found: a size, a type, never a value.", "another id")
    ] = None
    expected: Annotated[str | None, _member("What would be right.", "an event of this desk")] = None
    place: Annotated[
        str | None, _member("Member or parameter that it is about.", "pupil.birth_date")
    ] = None
    errors: Annotated[
        tuple[Fault, ...] | None, Field(description="The faults, where there are several.")
    ] = None
    at: Annotated[At | None, _member(_WHO, "issuer")] = None
    next: Annotated[str | None, _member(_NEXT, _TAKE)] = None
    request_id: Annotated[
        str, _member("Finds this refusal in the service's log.", "3f9c2b7d51e8a604")
    ]


class ProblemError(Exception):
    """A refusal that becomes a problem document.

    Args:
        status: HTTP status.
        code: snake-case cause; the type is `urn:relais:problem:<code>`.
        got, expected, place: as in `RelaisError`; never personal data.
        more: further members, e.g. `reasons`, `doors`, `gaps`.
        headers: of the answer, e.g. `Retry-After`, which no 503 is without.
    """

    def __init__(
        self,
        status: int,
        code: str,
        got: str = "",
        expected: str = "",
        place: str = "",
        *,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.got = got
        self.expected = expected
        self.place = place
        self.more = dict(more or {})
        waits = {"Retry-After": str(RETRY_AFTER)} if status == NOT_NOW else {}
        self.headers = waits | dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457 section 3.1 and ours; `at` and `next` of a code that has them."""
        body: dict[str, Any] = {
            "type": URN + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
        }
        for name in ("got", "expected", "place"):
            if value := getattr(self, name):
                body[name] = value
        if text := PROBLEM_TEXTS.get(self.code):
            body |= {"at": text.at, "next": text.next.say("en")}
        return body | self.more


def kafka_unreachable() -> ProblemError:
    """503: nothing was published, or it will be found again by its idempotency key."""
    expected = "a retry with the same Idempotency-Key"
    return ProblemError(NOT_NOW, "kafka_unreachable", "no answer from Kafka", expected)


def problem_of(error: ProblemError | RelaisError | LostRowError) -> ProblemError:
    """The problem that one of our errors becomes; causes on our side are 500 without detail."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, UnreachableError | FencedError | LostRowError):
        return kafka_unreachable()
    if isinstance(error, SignerError):  # nothing was published, and it may pass
        return ProblemError(NOT_NOW, error.code)
    if isinstance(error, IntakeError):
        rows = [_told(fault.code, fault.place, fault.got, fault.expected) for fault in error.faults]
        return ProblemError(
            422, error.code, error.got, error.expected, error.place, more={"errors": rows}
        )
    if isinstance(error, EnvelopeError | DirectoryError) and not isinstance(error, SignatureError):
        status = _STATUS_OF_CODE.get(error.code, 422)
        return ProblemError(status, error.code, error.got, error.expected, error.place)
    return ProblemError(500, error.code)


def _told(cause: str, place: str, got: str, expected: str) -> dict[str, str]:
    """One fault among several."""
    told = {"cause": cause, "place": place, "got": got, "expected": expected}
    return {name: value for name, value in told.items() if value}


def parameter_twice(name: str) -> ProblemError:
    """422: a query parameter that is given more than once; which of them holds is not guessed."""
    place = name if _A_NAME.fullmatch(name) else ""
    return _invalid("several values", "one value", place, [_told("twice", place, "several", "one")])


def parameter_unknown(name: str, known: Iterable[str]) -> ProblemError:
    """422: a query parameter that the route does not have.

    Its name is told where it looks like one, so that a typo is seen; any other text is not
    repeated.
    """
    place = name if _A_NAME.fullmatch(name) else ""
    expected = "no other than " + ", ".join(sorted(known))
    return ProblemError(422, "parameter_unknown", "another parameter", expected, place)


def bad_parameters(
    errors: Iterable[Mapping[str, Any]], expected: Mapping[str, str]
) -> ProblemError:
    """422 from FastAPI's findings on parameters that a route has: their names are ours.

    Args:
        expected: name of a parameter -> what is expected of it, in words.
    """
    rows = [
        _told("not_valid", name, "another value", expected.get(name, _DESCRIBED))
        for error in errors
        for name in (str(error["loc"][-1]),)
    ]
    return _invalid("another value", rows[0]["expected"], rows[0]["place"], rows)


def validated(model: type[M], body: Any, day: str = "") -> M:
    """`model` from a parsed body, leniently for JSON's types, strictly for its fields.

    Each fault is told by its kind and place, never by its input. A place keeps only names that the
    model itself declares and positions in arrays: an unknown key is the caller's text, and may be a
    child's name.

    Args:
        day: on which it is asked, for what must not lie ahead.

    Raises:
        ProblemError: 422 `invalid_request`.
    """
    try:
        return model.model_validate(body, context={"day": day})
    except ValidationError as error:
        faults = every(error, model)
        rows = [_told(fault.code, fault.place, fault.got, _choice(fault)) for fault in faults]
        told = faults[0]
        raise _invalid(told.got, _choice(told), told.place, rows) from None


def _invalid(got: str, expected: str, place: str, rows: list[dict[str, str]]) -> ProblemError:
    """One of several faults is told in full; all stand in `errors`."""
    return ProblemError(422, "invalid_request", got, expected, place, more={"errors": rows})


def _choice(fault: SchemaFault) -> str:
    """`'a', 'b' or 'c'`, as pydantic lists what a field takes, in our words: `a or b or c`."""
    if fault.code != "code_unknown":
        return fault.expected
    return fault.expected.replace("'", "").replace(", ", " or ")
