"""What an issuer must be able to publish, as router, recipient and auditor see it."""

from __future__ import annotations

from typing import Any, Final

from contracts.encoding import b64u, canonical
from tests.vectors.conformance.case import Case
from tests.vectors.conformance.federation import DAY, ISSUER, TESTED
from tests.vectors.conformance.issuer.drafting import DraftBench, IssuerTask, this_month
from tests.vectors.conformance.workbench import DESCRIPTION, LONGEST, PHOTOGRAPH

DECEMBER: Final = 9 * DAY  # behind `at`: a new month has begun, the key before is valid


def _two_months(bench: DraftBench) -> IssuerTask:
    """Each month has a key of its own, and the time says which is the newest."""
    return IssuerTask((bench.draft(), bench.draft()), after=(0, DECEMBER))


def _chained(bench: DraftBench) -> IssuerTask:
    case = bench.case_in(4)
    return IssuerTask(tuple(bench.draft(case=case) for _number in range(3)))


def _apart(bench: DraftBench) -> IssuerTask:
    return IssuerTask(tuple(bench.draft(case=bench.case_in(number)) for number in (0, 5, 0)))


def _acknowledging(bench: DraftBench, **more: Any) -> IssuerTask:
    ref = {"iss": bench.fed.urn(TESTED), "jti": "01939e3a-0000-7000-8000-000000000001"}
    to = bench.to(bodies=None, retention=None, purpose="acknowledge", re=[ref])
    return IssuerTask((bench.draft(to, etype="ACK", stage="received", declared=None),), **more)


def _called(bench: DraftBench) -> IssuerTask:
    call = {"to": "duty_magistrate", "at": bench.fed.at - 600, "ref": b64u(bench.random(16))}
    informed = {"parents": "exempted_family", "minor": "informed"}
    return IssuerTask((bench.draft(declared={"call": call, "danger": True, "informed": informed}),))


def _observed(text: str) -> dict[str, Any]:
    return {"FACTS": {"facts": [{"observed": text, "observed_on": "2026-11-20"}]}}


def _letters(bench: DraftBench) -> IssuerTask:
    text = "L’élève dit : « je n’ai pas dormi » 𝄞 fin"
    return IssuerTask((bench.draft(bench.to(bodies=_observed(text))),))


def _exact(bench: DraftBench) -> IssuerTask:
    """A body with which the plaintext needs no padding, and one with which it needs the most."""
    inner = {
        "cat": "FACTS", "evt": "0" * 36, "iss": bench.fed.urn(ISSUER), "pad": "", "salt": "A" * 22,
    }  # fmt: skip
    short = len(canonical({"body": _observed("")["FACTS"], **inner}))
    texts = ["x" * (-short % 512 + more) for more in (0, 1)]
    return IssuerTask(
        tuple(bench.draft(bench.to(bodies=_observed(text or "x" * 512))) for text in texts)
    )


def _photograph(bench: DraftBench) -> IssuerTask:
    to = bench.to("pol", purpose="search", bodies={DESCRIPTION: PHOTOGRAPH})
    return IssuerTask((bench.draft(to, etype="MISSING"),))


def _revoked(bench: DraftBench) -> IssuerTask:
    """The newest key opens no longer for its desk alone: last month's is valid still."""
    at = bench.fed.at + DECEMBER
    ended = {f"{TESTED}-p30-{this_month(at)}": at - DAY}
    token = bench.directory(lambda row: row["sealing"].update(revoked=ended))
    return IssuerTask((bench.draft(),), token, after=(DECEMBER,))


CASES: Final = (
    Case("one-addressee", "An alert to one desk, two parts", "envelope §6, §7",
          lambda bench: IssuerTask((bench.draft(),))),
    Case("two-addressees", "An alert to two desks of one agency", "envelope §4.6",
          lambda bench: IssuerTask((bench.draft(bench.to(), bench.to("ase", "FACTS")),))),
    Case("addressee-on-p256", "An addressee whose key is one of P-256",
        "envelope §3.2, §3.3; keys §2.6",
          lambda bench: IssuerTask((bench.draft(bench.to("pol", "FACTS")),))),
    Case("kept-ninety-days", "Parts of another retention class",
        "envelope §3.2, §3.3; keys §2.6",
          lambda bench: IssuerTask((bench.draft(bench.to(retention="P90")),))),
    Case("newest-key-of-its-month",
        "A draft of this month and one of the next, each for its month's newest key",
         "keys §2.6", _two_months),
    Case("three-in-a-case", "Three events in one case", "envelope §4.7, §6.3", _chained),
    Case("cases-in-two-partitions", "Three events in three cases and two partitions",
               "envelope §4.7, §6.3", _apart),
    Case("without-parts", "An acknowledgement, which has no parts", "envelope §6, §7",
    _acknowledging),
    Case("call-and-danger", "An alert that declares a call, of which the slip tells a part",
               "envelope §4.6", _called),
    Case("letters-beyond-ascii",
        "Accents, quotation marks and a sign beyond the basic plane in a body",
               "envelope §2.2", _letters),
    Case("padding-none-and-most", "A plaintext that needs no padding, and one that needs the most",
               "envelope §3.2, §3.3; keys §2.6", _exact),
    Case("issued-photograph-at-its-bound", "A photograph of 136 KiB of a missing child",
               "envelope §2.7; bodies §2", _photograph),
    Case("part-at-its-bound",
        "Twelve observations, each as long as it may be, in signs beyond the basic plane",
               "envelope §2.7; bodies §2",
          lambda bench: IssuerTask((bench.draft(bench.to(bodies={"FACTS": LONGEST})),))),
    Case("newest-key-revoked", "An addressee whose newest key is revoked, and an older one valid",
               "keys §2.5, §2.6", _revoked),
    Case("addressee-reads-it", "An alert to a desk that reads its first version, among others",
               "keys §2.2",
          lambda bench: IssuerTask((bench.draft(),), bench.reading("FEEDBACK/1", "IP/1", "IP/2"))),
    Case("everybody-reads-receipts", "An acknowledgement to a desk whose list has alerts alone",
               "keys §2.2", lambda bench: _acknowledging(bench, token=bench.reading("IP/1"))),
)  # fmt: skip
