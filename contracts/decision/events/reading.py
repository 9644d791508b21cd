"""READING: an auditor says that it will read the log, before it does (log §9.2); to nobody.

It is recorded like any event, so that whoever reads the log sees who read it before, when and what
for.
Nobody can be made to say it: it is the auditor's own word, under its own key.
"""

from __future__ import annotations

from contracts.decision.outcome import PartialDecision
from contracts.decision.setting import Setting
from contracts.vocabulary import principals, reasons


def decide(setting: Setting) -> PartialDecision:
    """Recorded if an auditor says it; it is no desk's to say."""
    entry = setting.directory.desk(setting.cover.iss)
    if entry is None or entry.agency != principals.AUDITORS:
        return PartialDecision(reasons=(reasons.NOT_FOR_OUTBOX,))
    return PartialDecision(passed=True)
