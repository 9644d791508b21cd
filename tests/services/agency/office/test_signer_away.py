"""A desk whose key cannot sign for a while: its caller is told, and nothing is half done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.keys.keyring import HeldSigners
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.samples import sample
from tests.services.agency.bench import serving
from tests.services.routing.test_signer_away import Away

pytestmark = pytest.mark.anyio
DESK = "edu-s"


async def test_a_record_that_cannot_be_signed_is_refused_for_now() -> None:
    """503 with a time to try again; the retry with the same key is taken, and the chain holds."""
    async with serving("education") as school:
        urn = desk_urn("civil", DESK)
        agency = school.office.agency
        own = Away(kit.realm().signers[DESK])
        school.office.agency = replace(agency, signers={**agency.signers, urn: HeldSigners(own)})
        record = sample("education", "information_preoccupante", "Zoe-canary-4711")
        headers = {"Idempotency-Key": "one"}

        refused = await school.post(DESK, record, **headers)

        assert refused.status_code == 503
        assert refused.json()["type"] == "urn:relais:problem:signer_away"
        assert int(refused.headers["retry-after"]) > 0
        assert school.writes.batches == []
        own.away = False
        for _ in range(2):
            taken = await school.post(DESK, record, **headers)
            assert taken.status_code == 202
        assert school.writes.batches == [1]
        school.settle()
        assert school.world.alarms == []
