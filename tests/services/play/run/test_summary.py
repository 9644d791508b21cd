"""What `relais up` prints once all are ready."""

from __future__ import annotations

from pathlib import Path

from services.operate.home.home import Home
from services.play.run.launch import Federation
from services.play.run.plan import Plan, plan_services
from services.play.run.prepare import console_accounts
from services.play.run.summary import lines
from services.play.run.supervisor import Supervisor


def test_desks_are_named_in_words_and_passwords_are_told_once(tmp_path: Path) -> None:
    """And how new ones are made each time."""
    home = Home(tmp_path)
    home.prepare(at=1_800_000_000, weeks=1)
    services = plan_services(home, "localhost:1", Plan(), {})
    supervisor = Supervisor(tmp_path / "logs", tmp_path / "pids")
    first, again = (
        Federation(home, Plan(), "localhost:1", services, supervisor, console_accounts(home))
        for _ in range(2)
    )

    told, later = ([*lines(one)] for one in (first, again))
    (renewed,) = (line for line in later if " rm " in line)
    Path(renewed.partition(" rm ")[2].split()[0]).unlink()

    assert "    edu-h-1     Head of school A" in told
    assert (len(told) - len(later), "shown once" in "".join(later)) == (2, False)
    assert console_accounts(home).keys() == first.passwords.keys()
