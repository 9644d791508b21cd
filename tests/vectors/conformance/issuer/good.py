"""What an issuer must be able to publish, each looked at as router, recipient and auditor look at it."""

from __future__ import annotations

from typing import Any, Final

from contracts.encoding import b64u, canonical
from services.texts import Catalogue
from tests.vectors.conformance import requirements as asks
from tests.vectors.conformance.federation import ISSUER, TESTED
from tests.vectors.conformance.issuer.drafting import DraftBench, IssuerCase, IssuerTask

_ = Catalogue(__name__)


def _one(bench: DraftBench) -> IssuerTask:
    return IssuerTask((bench.draft(),))


def _two(bench: DraftBench) -> IssuerTask:
    return IssuerTask((bench.draft(bench.to(), bench.to("ase", "FACTS")),))


def _on_p256(bench: DraftBench) -> IssuerTask:
    return IssuerTask((bench.draft(bench.to("pol", "FACTS")),))


def _ninety_days(bench: DraftBench) -> IssuerTask:
    return IssuerTask((bench.draft(bench.to(retention="P90")),))


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


def _read_among_others(bench: DraftBench) -> IssuerTask:
    return IssuerTask((bench.draft(),), bench.reading("FEEDBACK/1", "IP/1", "IP/2"))


def _read_by_everybody(bench: DraftBench) -> IssuerTask:
    return _acknowledging(bench, tokens=bench.reading("IP/1"))


CASES: Final = (
    IssuerCase("one-addressee", _("An alert to one desk, two parts"), asks.PUBLISH, _one),
    IssuerCase("two-addressees", _("An alert to two desks of one agency"), asks.PROJECT, _two),
    IssuerCase("addressee-on-p256", _("An addressee whose key is one of P-256"), asks.SEAL, _on_p256),
    IssuerCase("kept-ninety-days", _("Parts of another retention class"), asks.SEAL, _ninety_days),
    IssuerCase("three-in-a-case", _("Three events in one case"), asks.CHAIN, _chained),
    IssuerCase("cases-in-two-partitions", _("Three events in three cases and two partitions"),
               asks.CHAIN, _apart),
    IssuerCase("without-parts", _("An acknowledgement, which has no parts"), asks.PUBLISH, _acknowledging),
    IssuerCase("call-and-danger", _("An alert that declares a call, of which the slip tells a part"),
               asks.PROJECT, _called),
    IssuerCase("letters-beyond-ascii", _("Accents, quotation marks and a sign beyond the basic plane in a body"),
               asks.CANONICAL, _letters),
    IssuerCase("padding-none-and-most", _("A plaintext that needs no padding, and one that needs the most"),
               asks.SEAL, _exact),
    IssuerCase("addressee-reads-it", _("An alert to a desk that reads its first version, among others"),
               asks.READS, _read_among_others),
    IssuerCase("everybody-reads-receipts", _("An acknowledgement to a desk whose list has alerts alone"),
               asks.READS, _read_by_everybody),
)  # fmt: skip
