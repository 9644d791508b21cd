"""Notices: what the router tells a desk, and who else would like to."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from contracts.envelope.limits import RECEIPT
from contracts.vocabulary.schema import desk_urn
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.workbench import Workbench


def _told(*, by: str = "", typ: str = "", **changes: Any) -> Making:
    def make(bench: Workbench) -> list[Record]:
        more = {"typ": typ} if typ else {}
        return [bench.noticed(bench.notice(**changes), by=by, **more)]

    return make


def _again(bench: Workbench) -> list[Record]:
    claims = bench.notice()
    return [bench.noticed(claims), bench.noticed(claims)]


_case: Final = partial(refusal, section="envelope §5.3, §8")


CASES: Final = (
    _case("notice-by-a-desk", "A notice that a desk has signed", _told(by="edu-s-sig-2"),
          "not_by_router"),
    _case("notice-key-ended", "A notice by a key of the router’s that had ended",
          _told(by="router-civil-1"), "key_not_valid"),
    _case("notice-typed-receipt", "A receipt’s type over the claims of a notice",
          _told(typ=RECEIPT), "wrong_typ"),
    _case("notice-unknown-kind", "A notice of a kind that is none", _told(kind="advice"),
          "unknown_notice", "notice_malformed"),
    _case("notice-claim-missing", "A notice that a duty is overdue, and names none",
          _told(duty=None), "notice_malformed"),
    _case("notice-for-another-desk", "Another desk’s notice",
          _told(aud=desk_urn("civil", "ase")), "wrong_audience"),
    _case("notice-shell-differs", "A notice whose CloudEvent names another case",
          lambda bench: [bench.noticed(bench.notice(), subject=bench.token())],
          "cloudevent_differs"),
    _case("notice-replayed", "A notice written a second time", _again, "replayed"),
)  # fmt: skip
