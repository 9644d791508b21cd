"""What an erasure names, by an event's id: evidence of what was decided under it, and no other."""

from __future__ import annotations

from contracts.encoding import b64u, canonical
from services.operate.to_erase import _is

EVENT = "01997f00-0000-7000-8000-000000000001"


def test_an_event_put_aside_under_anothers_id_has_its_own_case_not_erased_with_it() -> None:
    """Its issuer would have evidence of another case destroyed; by its leaf it can be named."""
    cover = f"h.{b64u(canonical({'jti': EVENT}))}.s"
    decided = canonical({"cover": cover, "decision": {}})
    aside = canonical({"cover": cover, "code": "id_reused"})

    assert _is(EVENT, "leaf", decided)
    assert not _is(EVENT, "leaf", aside)
    assert _is("leaf", "leaf", aside)
