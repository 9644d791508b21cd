"""`relais partner consent`: a desk that ends says so itself, by the keys that nobody else has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.encoding import rfc3339
from services.cli.common.asked import DAYS, Asked, DaysOption, command
from services.cli.partner.joining import FolderOption

DAY_S: Final = 86_400


@command
def consent(
    asked: Asked,
    heirs: Annotated[list[str], typer.Argument(
        metavar="HEIR…", help="Who follows: the first takes what no other is given.",
    )],
    folder: FolderOption,
    start: Annotated[datetime | None, typer.Option(
        "--from", formats=["%Y-%m-%d"], help="First day (UTC) of who follows; else tomorrow.",
    )] = None,
    days: DaysOption = DAYS,
    out: Annotated[Path, typer.Option(help="The file for the owners.")] = Path("consent.jws"),
) -> None:  # fmt: skip
    """Consent to the end of the folder's desk.

    The owners give it to `relais directory end` as `--consent`, before its first day begins.

    Example: relais partner consent asso-3 --folder asso-2
    """
    from services.platform.ports import now
    from services.platform.process.durable_file import write_durably

    tomorrow = (now() // DAY_S + 1) * DAY_S
    begins = tomorrow if start is None else int(start.replace(tzinfo=UTC).timestamp())
    names = [heir.lower() for heir in heirs]
    write_durably(out, consented(folder, names, begins, days).encode())
    since, until = rfc3339(begins), rfc3339(begins + days * DAY_S)
    asked.print(
        {"consent": str(out), "heirs": names, "from": since, "until": until},
        f"{out} is for the owners: from {since} on {', '.join(names)}; mail comes until {until}",
    )


def consented(folder: Path, heirs: Sequence[str], start: int, days: int) -> str:
    """What the desk of a partner's folder consents to: a signature a line, one by each of its keys.

    Args:
        heirs: short ids.
        start: instant from which the order is to hold, seconds: it must be given before.
        days: that mail for the desk is delivered to it from then on.

    Raises:
        UsageError: those of `settings_of` and `signers_of_term`.
    """
    from contracts.log.orders.succession import sign_consent, succession
    from contracts.vocabulary.schema import desk_urn, short
    from services.operate.home.key_life import signers_of_term
    from services.operate.joining.request import settings_of

    own = settings_of(folder)
    signers = signers_of_term(folder / "keys", f"{short(own.desk)}-sig", start)
    urns = [desk_urn(own.realm, heir) for heir in heirs]
    content = succession(own.desk, urns, start + days * DAY_S)
    return "\n".join(sign_consent(own.realm, content, start, *signers))
