"""`relais report --what-if NEW --recorded`: what services would have received under NEW."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.auditor.readings import SUPERVISION, kafka_log, note_reading
from services.cli.auditor.telling import REPLAYED, progress_of
from services.cli.common.output import print_json_lines, print_table
from services.texts import Catalogue, typeset

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.envelope.wire import Inbound
    from contracts.log.orders.order import Owners
    from contracts.log.orders.registry import Registry
    from services.audit.source import LogSource
    from services.audit.whole import Watch
    from services.cli.common.asked import AtKafka
    from services.committee.simulate.decide_again import Change, Simulator

_ = Catalogue(__name__)
LIVE: Final = "live"
# Alarms that accuse whoever sent an event, not the log: one desk must not stop the count.
BY_ISSUERS: Final = frozenset({"quarantined", "prev_does_not_follow"})
LogOption = Annotated[
    str,
    typer.Option("--log", help="What `audit export` wrote, or `live` for the topics themselves."),
]
OUTCOMES: Final = ("opened", "more", "less", "closed")
_COLUMNS: Final = (
    _("from"), _("to"), _("sending"), _("opened"), _("more"), _("less"), _("closed"),
)  # fmt: skip
_PURPOSE: Final = _(", to {purpose}")
_NONE: Final = _("Nothing would have been delivered otherwise, as far as may be told.")
_TOO_EARLY: Final = _("No quarter of this log ended 14 days ago: nothing can be told yet.")
_LEGEND: Final = _(
    "Opened, closed: sendings or attempts that would have been delivered, or no longer. More, "
    "less: with more data, or with less.\n"
    "Quarters count 14 days after their end. Each figure is rounded at random to a multiple of "
    "ten, once a quarter, as `relais report` does; –: none, or not told."
)


class Trial:
    """A new convention, tried on what a replay shows it.

    Attributes:
        counts: quarter and change -> events.
        quarters: of which it was shown records.
        ids: the sums of these events' hashed ids, by which their figure is drawn: of many proposals
            about the same events each has the same figure, so that no mean of them tells the count.
    """

    def __init__(self, convention: Convention) -> None:
        self.counts: Counter[tuple[str, Change]] = Counter()
        self.ids: Counter[tuple[str, Change]] = Counter()
        self.quarters: set[str] = set()
        self._convention = convention
        self._simulators: dict[tuple[str, int], Simulator] = {}

    def take(self, record: Inbound, evidence: bytes | None, registry: Registry) -> None:
        """Decide a record again, and count what comes of it.

        Raises:
            LogError: the record or its evidence is malformed.
        """
        from services.audit.facts import quarter_of
        from services.audit.source import recorded_at
        from services.committee.simulate.decide_again import Simulator

        place = record.topic, record.partition
        if place not in self._simulators:
            known = registry.directories, registry.conventions
            self._simulators[place] = Simulator(self._convention, *known)
        judged = self._simulators[place].step(record.value or b"", evidence or b"")
        self.quarters.add(quarter := quarter_of(recorded_at(record)))
        if judged is not None:
            self.add(judged.event_id, judged.changes, quarter)

    def add(self, event_id: str, changes: frozenset[Change], quarter: str) -> None:
        """Count one event of a quarter."""
        from contracts.encoding import sha256

        for change in changes:
            self.counts[quarter, change] += 1
            self.ids[quarter, change] += int.from_bytes(sha256(event_id.encode()))

    def figures(self, key: bytes, until: int) -> dict[Change, int]:
        """What may be told: of each quarter that is settled, rounded once.

        Args:
            key: by which published figures are rounded.
            until: instant to which the log was read, seconds.
        """
        from services.audit.facts import SETTLED_S, end_of
        from services.committee.report.published import rounded

        total: Counter[Change] = Counter()
        for (quarter, change), count in self.counts.items():
            if end_of(quarter) + SETTLED_S <= until:
                drawn = "recorded", str(self.ids[quarter, change])
                total[change] += rounded(count, key, quarter, drawn)
        return {change: total[change] for change in sorted(+total)}


def simulate(asked: AtKafka, log: str, convention: Convention, lang: str) -> None:
    """Count what a log's events would have delivered under a convention."""
    from contracts.vocabulary.scopes import REALMS
    from services.audit.facts import SETTLED_S, end_of
    from services.operate.home.keys import ensure_secret
    from services.platform.keys.owners import read_owners
    from services.platform.process.clock import home_clock

    owners, trial = read_owners(asked.home), Trial(convention)
    until = replayed(asked, log, REALMS, owners, home_clock(asked.home).now(), trial.take)
    told = trial.figures(ensure_secret(asked.home / "keys" / "report.key"), until)
    rows = [
        {"issuer": issuer, "recipient": recipient, "act": act}
        | {name: told.get((issuer, recipient, act, name)) for name in OUTCOMES}
        for issuer, recipient, act in dict.fromkeys(change[:3] for change in told)
    ]
    if asked.json:
        print_json_lines(rows)
        return
    if rows:
        columns = [column.say(lang) for column in _COLUMNS]
        print_table(columns, [_words(convention, row, lang) for row in rows])
    else:
        settled = any(end_of(quarter) + SETTLED_S <= until for quarter in trial.quarters)
        typer.echo((_NONE if settled else _TOO_EARLY).say(lang))
    typer.echo(f"\n{_LEGEND.say(lang)}")


def _words(convention: Convention, row: dict[str, str | int | None], lang: str) -> list[str]:
    """A row in words; the JSON form has the codes."""
    from services.committee.texts.french import capital
    from services.committee.texts.labels import event_label, purpose_label, role_label

    event, _point, purpose = str(row["act"]).partition(".")
    sides = [role_label(str(row[side]), lang, convention) for side in ("issuer", "recipient")]
    named = purpose_label(purpose, lang, convention) if purpose else ""
    for_what = _PURPOSE.say(lang, purpose=named) if purpose else ""
    sending = typeset(capital(event_label(event, lang)) + for_what, lang)
    return [*sides, sending, *(str(row[name] or "–") for name in OUTCOMES)]


def replayed(
    asked: AtKafka, log: str, realms: Sequence[str], owners: Owners, now: int, watch: Watch
) -> int:
    """Show each record to `watch` while the log is replayed; return until when it goes, seconds.

    Raises:
        LogError: `log_diverges`: the replay found a divergence, and nothing is to be counted.
    """
    from contracts.errors import LogError
    from services.audit.bundle.source import BundleLog
    from services.audit.whole import replay

    if log == LIVE:
        note_reading(asked, "report", realms, SUPERVISION)
    with _log_source(asked, log) as source, progress_of("counting", REPLAYED) as told:
        if isinstance(source, BundleLog):
            now = source.manifest.asked_at
            realms = [realm for realm in realms if realm in source.manifest.realms]
        verdict = asyncio.run(replay(source, realms, owners, lambda: now, told, watch=watch))
    if any(found.alarm and found.code not in BY_ISSUERS for _realm, found in verdict.findings):
        raise LogError("log_diverges", "alarms", "a log of which `relais audit replay` is clean")
    return now


@contextmanager
def _log_source(asked: AtKafka, log: str) -> Iterator[LogSource]:
    from contracts.vocabulary.scopes import REALMS
    from services.audit.bundle.source import open_bundle

    if log != LIVE:
        with open_bundle(Path(log)) as bundle:
            yield bundle
        return
    yield kafka_log(asked, REALMS)
