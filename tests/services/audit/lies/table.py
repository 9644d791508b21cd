"""docs/lies.md: which lie is found by which check, as the tests hold it.

`python -m tests.services.audit.lies.table` writes the page anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from contracts.log.replaying.finding import AuditFinding
from services.cli.auditor.finding_sentences import sentence
from tests.services.audit.lies.handed_on import HANDED_ON
from tests.services.audit.lies.kinds import FOLLOWED, LIES, UNSEEN, WITNESSED, Lie

PAGE: Final = Path(__file__).parents[4] / "docs" / "lies.md"
HEAD: Final = """\
# Lies, and who finds them

What somebody with power over Kafka, or over Kafka and the router’s key, may try with the log, and what an auditor says of it: `relais audit replay`, and `relais audit verify` of a bundle made of that log. Each row is a test
(`tests/services/audit/lies/test_lies.py`), which plants the lie in a log of two stories; this page is written by `python -m tests.services.audit.lies.table` and held to them. Lies about the file itself (a member more, less or swapped, bundles
that do not follow one another) are refused before any decision is looked at: `tests/services/audit/bundle/test_hostile_bundles.py`.

## Found by the auditor

| lie | by who holds | check | the report says |
|---|---|---|---|
"""
WITNESSED_HEAD: Final = """
## Found by a checkpoint that was published before

`relais audit verify` of a bundle in which the checkpoint lies (bundle §5.1); a replay of the log alone has no such finding. Whose cosignatures stand under it, and whether they meet the owners’ policy, the report says.

| lie | by who holds | check | the report says |
|---|---|---|---|
"""
FOLLOWED_HEAD: Final = """
## Found by an agency, without an auditor

Each agency’s service keeps a mirror of the log and looks up in it what its receipts and notices name ([proof §11](specification/proof.md)); the code is that of `/ready` and of the alert, and [operate](operate.md#what-an-agency-misses-in-the-log) says what to do. Each is a witness besides ([proof §5.2](specification/proof.md)). Planted in `tests/services/agency/loops/test_log_check.py` and `test_log_alarm.py`.

| lie | by who holds | code |
|---|---|---|
"""
HANDED_ON_HEAD: Final = """
## Found in a file that is handed on

What a bundle's checkpoints and what leads to them show of it ([bundle §5](specification/bundle.md)), whoever made the file, the auditor whose key has signed it included. `end_unattested`, `history_unshown` and `erasure_unconfirmed` are notes: honest files have them too, and the report says how far the file shows anything.
Planted in `tests/services/audit/bundle`: `test_cut.py`, `test_history.py`, `test_attested.py`, `test_erased.py`, `test_layout.py`.

| lie | by who holds | check | the report says |
|---|---|---|---|
"""
UNSEEN_HEAD: Final = """
## Not found in a log alone

The first row is planted too, and the test says that the auditor finds nothing.

| lie | who finds it |
|---|---|
"""


def page() -> str:
    """The whole page."""
    rows, witnessed = (list(map(_row, lies.values())) for lies in (LIES, WITNESSED))
    handed_on = [_said(*row) for row in HANDED_ON.values()]
    followed = [f"| {told} | {who} | `{code}` |\n" for told, who, code in FOLLOWED.values()]
    unseen = [f"| {told} | {who} |\n" for told, who in UNSEEN.items()]
    return "".join(
        [
            HEAD,
            *rows,
            WITNESSED_HEAD,
            *witnessed,
            HANDED_ON_HEAD,
            *handed_on,
            FOLLOWED_HEAD,
            *followed,
            UNSEEN_HEAD,
            *unseen,
        ]
    )


def _row(lie: Lie) -> str:
    return _said(lie.told, lie.powers, lie.code)


def _said(told: str, powers: str, code: str) -> str:
    said = sentence(AuditFinding(0, 0, code), "en")
    return f"| {told} | {powers} | `{code}` | {said} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
