"""An auditor shows by a bundle alone that a desk's key was destroyed, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from contracts.encoding import unb64u
from services.audit.bundle.export import export
from services.audit.bundle.lines import record_of
from tests.flows.key_succession import REALM, Keeper, own_ring
from tests.flows.test_key_rotation import posted
from tests.services.audit.bundle.memory_log import out_of, request_of, whole
from tests.services.audit.bundle.test_hostile_bundles import Files, files_of
from tests.world import World


def test_a_bundle_shows_the_desks_word_and_when_it_was_on_record(tmp_path: Path) -> None:
    """The row in the directory, the desk's signature, the order, and the records of it."""
    world, path = World(), out_of(tmp_path)
    keeper, (kid, *_others) = Keeper(world), own_ring(world, "crip").held()
    posted(world, "before")
    world.settle()
    gone = world.clock.now()
    world.clock.advance(3_600)
    keeper.seal("crip", {kid: gone})
    keeper.adopt()
    world.settle()
    adopted = world.clock.now()
    export(request_of(world, realms=(REALM,)), path)

    judged, files = whole(path, world), files_of(path)
    directory, dird = last_directory(rows(files, "control-00"))
    registry = judged.registries[REALM]
    records = [row for at in range(6) for row in rows(files, f"decisions-{at:02}")]
    (sealing,) = [row["sealing"] for row in directory["desks"] if row["desk"].endswith(":crip")]
    leaves = [each for row in records if (each := orjson.loads(row))["kind"] == "adopted"]

    assert judged.verdict.clean
    assert registry.directories[dird].encryption.is_destroyed(kid)
    assert sealing["destroyed"] == {kid: gone}
    assert sum(leaf["at"] == adopted for leaf in leaves) == 6  # one a partition


def claims(token: str) -> dict[str, Any]:
    """What a JWS says."""
    told: dict[str, Any] = orjson.loads(unb64u(token.split(".")[1]))
    return told


def rows(files: Files, where: str) -> list[bytes]:
    """The values of a bundle's records of a partition, as they lie in its file."""
    lines = files[f"{REALM}/{where}.jsonl"].splitlines()
    return [record_of(line, "", 0).value or b"" for line in lines]


def last_directory(values: Sequence[bytes]) -> tuple[dict[str, Any], str]:
    """The directory that control brought last, and the digest by which its order names it."""
    token, order = values[-2:]
    return claims(token.decode()), claims(orjson.loads(order)[0])["directory"]
