"""The Python partner of `examples/` with one thing broken: `python broken_partner.py FOLDER`.

It answers the vectors of each `FAULT.json` of a folder, broken so, in `FAULT.said`. A fault is
a code of envelope §11 that it never refuses by, or a name of `FAULTS`.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "python"))

import faststream.kafka  # noqa: F401 (what takes the longest to import, once for all)
import joserfc.jwe
import wire  # type: ignore[import-not-found]

Step = dict[str, Any]


def _without(code: str) -> None:
    """Before the other modules take it from there."""
    demand = wire.demand
    wire.demand = lambda truth, reason: reason == code or demand(truth, reason)


def _answering(change: Callable[[Step, Step], Step]) -> Callable[[Any], None]:
    """Change what it says, or the step that it is given."""

    def broken(partner: Any) -> None:
        answer = partner.answer
        partner.answer = lambda desk, step, given: change(step, answer(desk, step, given))

    return broken


def _ignores_at(partner: Any) -> None:
    answer, now = partner.answer, int(time.time())
    partner.answer = lambda desk, step, given: answer(desk, step | {"at": now}, given)


def _routed_now(partner: Any) -> None:
    """Judges by its own clock whether an event had expired, and not by the router's."""
    by_router, now = partner.Issuer._by_router, int(time.time())

    def changed(*given: Any) -> Any:
        claims = by_router(*given)
        return claims | {"arrived": now} if "slip" in claims else claims

    partner.Issuer._by_router = changed


def _same_salts(_partner: Any) -> None:
    secrets.token_bytes = lambda nbytes=None: bytes(nbytes or 0)


def _no_possession(_partner: Any) -> None:
    """Believes the keeper which keys are whose."""
    import directory  # type: ignore[import-not-found]

    label, demand_signed = wire.frames("relais", "signing-key"), directory.demand_signed
    directory.demand_signed = lambda key, text, signature: (
        text.startswith(label) or demand_signed(key, text, signature)
    )


def _seals_to_revoked(_partner: Any) -> None:
    import directory

    sealing_key = directory.Directory.sealing_key

    def broken(self: Any, desk: str, *given: Any) -> Any:
        self.desks[desk]["sealing"].pop("revoked", None)
        return sealing_key(self, desk, *given)

    directory.Directory.sealing_key = broken


def _small_r(_partner: Any) -> None:
    wire._fit = lambda _point: True


def _stock_sizes(_partner: Any) -> None:
    import recipient  # type: ignore[import-not-found]

    recipient.JWE.max_ciphertext_length = joserfc.jwe.JWERegistry.max_ciphertext_length


FAULTS: Final[dict[str, Callable[[Any], None]]] = {
    "refuses_all": _answering(lambda _step, _said: {"accepted": False, "reason": "unknown_key"}),
    "takes_all": _answering(lambda _step, said: said | {"accepted": True}),
    "tells_no_gap": _answering(lambda _step, said: said | {"alarm": ""}),
    "obeys_nothing": _answering(lambda _step, said: said | {"withdrawn": []}),
    "ignores_at": _ignores_at,
    "routed_now": _routed_now,
    "same_salts": _same_salts,
    "no_chain": lambda partner: setattr(partner.Issuer, "wrote", lambda *_: None),
    "no_possession": _no_possession,
    "seals_to_revoked": _seals_to_revoked,
    "small_r": _small_r,
    "stock_sizes": _stock_sizes,
}


def _answered(fault: str, file: Path) -> None:
    """What it says of a file's vectors, into a file beside it."""
    os.dup2(os.open(file.with_suffix(".said"), os.O_WRONLY | os.O_CREAT), sys.stdout.fileno())
    if fault not in FAULTS:
        _without(fault)
    import partner  # type: ignore[import-not-found]

    if fault in FAULTS:
        FAULTS[fault](partner)
    partner.vectors([file])


if __name__ == "__main__":
    for path in Path(sys.argv[1]).glob("*.json"):
        if not os.fork():  # each fault in a process of its own, which has what is imported above
            _answered(path.stem, path)
            sys.stdout.flush()
            os._exit(0)  # without taking apart all that was imported
        os.wait()
