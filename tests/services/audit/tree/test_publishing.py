"""Which witnesses an auditor has: those of the signed policy, or none, and it is told."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from contracts.vocabulary.scopes import REALMS
from services.audit.tree.publishing import WitnessClient, witnessing_of
from services.operate.home.home import Home
from services.platform.keys.policy_file import policy_file, policy_signature
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings, load

AT = 1_788_760_800


async def test_an_auditor_has_the_witnesses_of_a_signed_policy_or_says_so(tmp_path: Path) -> None:
    """A policy that was lowered, or none: that realm's checkpoints are uncosigned alone."""
    home = Home(tmp_path / "home")
    home.prepare(AT, 1)
    settings, client = load(AuditSettings, home=home.path), WitnessClient({})

    def started() -> tuple[list[str], set[str], list[str]]:
        metrics, health = Metrics("audit"), ServiceHealth()
        with capture_logs() as lines:
            made = [
                realm
                for realm in REALMS
                if witnessing_of(settings, home.owners, realm, client, metrics, health)
            ]
        assert (b'unwitnessed{partition="all",realm="civil"} 1.0' in metrics.page()) is bool(lines)
        return made, health.warnings, [line["code"] for line in lines]

    whole = started()
    file = policy_file(home.path, "civil")
    file.write_bytes(file.read_bytes().replace(b"agencies 4", b"agencies 1"))
    lowered = started()
    file.unlink()
    policy_signature(home.path, "civil").unlink()
    none = started()
    await client.close()

    assert whole == (list(REALMS), set(), [])
    assert lowered == (["criminal"], {"checkpoint_unwitnessed_civil"}, ["policy_not_signed"])
    assert none == (["criminal"], {"checkpoint_unwitnessed_civil"}, ["no_policy"])
