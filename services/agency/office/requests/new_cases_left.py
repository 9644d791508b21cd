"""Use no more of an hour's figure than the convention lets the desk (rules §16)."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.vocabulary.schema import desk_urn
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.new_cases import Adding, figures_of
from services.agency.office.requests.pressure import too_many_new_cases, too_much_on_case
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.identity import Agency
from services.agency.office.sending.sealing import Sealed


def check_new_cases(
    prepared: Prepared, ahead: Iterable[Sealed], fold: Fold, agency: Agency, at: int
) -> None:
    """Publish nothing that routing would refuse: the hour after would begin with a new event.

    Args:
        ahead: what the same transaction publishes before it.

    Raises:
        ProblemError: 429 `too_many_new_cases`, `too_much_on_case`.
    """
    fold.new_cases.move_to(at)
    covers = [event.issued.claims for event in ahead]
    for realm in {event.draft.realm for event in prepared.events}:
        issuer = desk_urn(realm, prepared.desk)
        if (figures := figures_of(*agency.in_force(realm, at), issuer)) is None:
            continue
        others = [Adding(one.sub, one.etype, len(one.to)) for one in covers if one.iss == issuer]
        drafts = [(one.case, one.draft) for one in prepared.events if one.draft.realm == realm]
        own = [Adding(case, draft.etype, len(draft.to)) for case, draft in drafts]
        before, after = (
            fold.used_after(realm, issuer, events, figures, at) for events in (others, others + own)
        )
        if before < after > figures.most:
            new = any(realm not in fold.known(case) for case, _ in drafts)
            raise too_many_new_cases(figures.most, at) if new else too_much_on_case(at)
