"""What an agency as witness tells the bus: that a log has shown it two histories (proof §5.2).

The alarm of `/ready` and of the metrics is the agency's own. This event is in its outbox, under the
key of one of its desks, and in the log, where every auditor meets it; if the router withholds it, the
desk's numbering has a gap, and the outbox still holds it.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from contracts.encoding import sha256
from contracts.errors import RelaisError
from contracts.proof.witness import TWO_HISTORIES, Witnessed
from contracts.vocabulary.schema import short
from services.agency.loops.publisher import Publisher
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.witness import LogWitness
from services.platform.http.problems import ProblemError

LOOK_S: Final = 1.0  # between two looks

log = structlog.get_logger("relais.agency")


async def raising(witness: LogWitness | None, publisher: Publisher) -> None:
    """Tell the bus of each contradiction once, for ever; what does not succeed is tried again."""
    while True:
        await asyncio.sleep(LOOK_S)
        if witness is not None:
            await raise_all(witness, publisher)


async def raise_all(witness: LogWitness, publisher: Publisher) -> None:
    """Tell of what was not told of yet."""
    try:
        untold = await asyncio.to_thread(witness.untold)
    except OSError as error:
        log.warning("alarm not raised", code=TWO_HISTORIES, why=type(error).__name__)
        return
    for origin, shown in untold.items():
        try:
            answer = await publisher.publish(_request(publisher, origin, shown))
            await asyncio.to_thread(witness.told, origin, shown.contradiction)
        except (ProblemError, RelaisError, OSError) as error:
            log.warning("alarm not raised", code=TWO_HISTORIES, why=type(error).__name__)
            continue
        log.error("alarm raised", code=TWO_HISTORIES, log=origin, events=answer.events)


def _request(publisher: Publisher, origin: str, shown: Witnessed) -> DeskRequest:
    """By the agency's first desk on the log's own bus, or, where it has none, on the other.

    What is published once under this key is not published again, should it die before it notes that.
    """
    agency = publisher.office.agency
    own = origin.rpartition("/")[2].rpartition("-")[0]
    urns = {
        realm: sorted(urn for urn in agency.signers if f":{realm}:" in urn)
        for realm in agency.realms
    }
    realm = own if urns.get(own) else next(realm for realm, some in urns.items() if some)
    notes = [note.decode() for note in (shown.cosigned, shown.contradiction)]
    key = sha256(shown.contradiction).hex()
    return DeskRequest(
        short(urns[realm][0]), "alarm", {"realm": realm, "histories": notes}, key=key
    )
