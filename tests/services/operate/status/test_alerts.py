"""What an operator reads: each alert fires when it must, in words, and no service's words lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.vocabulary.scopes import REALMS
from services.operate.status.alerts import SEVERITIES, alerts, checks
from services.operate.status.ask import Answer, Samples
from services.operate.status.state import FederationState, KafkaState, TopicState, federation
from services.operate.status.told import as_json, lines
from tests.services.operate.status.pages import AT, CALM, READY, answer, calm, figures

DAY: Final = 86_400


def _with(*rows: tuple[Any, ...]) -> FederationState:
    return calm(answer("education", figures(*rows)))


def _large() -> FederationState:
    now = calm(answer("education"))
    full = replace(now.services[0], memory=81, limit=100)
    return replace(now, services=(full, *now.services[1:]))


LEADERLESS: Final = TopicState("relais.civil.control", 1, copies=3, behind=0, leaderless=1)

SEEN: Final[dict[str, FederationState]] = {
    "RelaisDown": calm(Answer("education", "http://127.0.0.1:1", None, why="silent")),
    "RelaisNotReady": calm(answer("education", ready=False)),
    "RelaisNoProgress": _with(("lag", "t", "0", 3), ("last_progress", "inputs", AT - 61)),
    "RelaisTransactionOpen": _with(("open_transaction", "relais.civil.decisions", "3", 121)),
    "RelaisBrokerAway": calm(kafka=KafkaState(silent=("127.0.0.1:9093",))),
    "RelaisCopiesBehind": calm(kafka=KafkaState(behind=4)),
    "RelaisPartitionsUnwritable": calm(kafka=KafkaState(topics=(LEADERLESS,))),
    "RelaisPartitionWithoutRouter": _with(("partitions", "civil", 7)),
    "RelaisDutiesUnreported": _with(("written_until", "civil", AT - 61)),
    "RelaisClockOff": _with(("skew", "civil", -61)),
    "RelaisNoStore": _with(("store", "civil", 0)),
    "RelaisRecordPassedOver": _with(("passed_over", "relais.civil.outbox.police", 1)),
    "RelaisQuarantineWaiting": _with(("backlog", "civil", "0", 1)),
    "RelaisUnreadEnding": _with(("unread_ending", "civil", "CRIP", 1)),
    "RelaisMemoryHigh": _large(),
    "RelaisWebhookStopped": _with(("webhook_stopped", "CRIP", 1)),
    "RelaisWebhookLate": _with(("webhook_late", "CRIP", 3601)),
    "RelaisKeyKept": _with(("keys_overdue", "civil", "CRIP", 1)),
    "RelaisKeyUnsaid": _with(("keys_unsaid", "civil", "CRIP", 1)),
    "RelaisDeskClosed": _with(("desks_closed", "civil", "crip", 1)),
    "RelaisDutiesOverdue": _with(("overdue", "civil", "CRIP", 2)),
    "RelaisAgencySilent": _with(
        ("sent", "education", AT - 8 * DAY), ("silence", "education", 7 * DAY)
    ),
    "RelaisDeskFloods": _with(("cases_opened", "civil", "edu-s", 150)),
    "RelaisSequenceGap": _with(("gaps", "civil", "CRIP", 1)),
    "RelaisAlarm": _with(("alarms", "signature_wrong", 1)),
    "RelaisTwoHistories": _with(("two_histories", 1)),
    "RelaisCheckpointUnwitnessed": _with(("unwitnessed", "civil", "0", 1)),
    "RelaisRecordNotInLog": _with(("log_check", "civil", "record_not_in_log", 1)),
    "RelaisLogNotFollowed": _with(("log_check", "civil", "log_not_followed", 1)),
    "RelaisCertificateExpiring": _with(("certificate", "own", AT + 13 * DAY)),
    "RelaisCertificateExpired": _with(("certificate", "own", AT + DAY)),
    "RelaisDirectoryEnding": _with(("directory_expires", "civil", AT + 13 * DAY)),
    "RelaisKeysEnding": _with(("keys_end", "civil", AT + 13 * DAY)),
    "RelaisDrift": calm(right_extra=(1, AT)),
    "RelaisDriftNotChecked": calm(right_extra=(0, AT - 3 * DAY)),
}


def test_where_all_is_well_nothing_needs_anybody() -> None:
    """A page that always shows something is not read."""
    assert alerts(calm(answer("education"), right_extra=(0, AT))) == []


@pytest.mark.parametrize("name", SEEN)
def test_each_alert_is_seen_alone_and_says_what_to_do(name: str) -> None:
    """What is planted is told, and nothing else is; in words with nothing left to fill in."""
    seen = alerts(SEEN[name])

    assert {alert.name for alert in seen} == {name}
    for lang in ("fr", "en"):
        said = f"{seen[0].summary(lang)} {seen[0].action(lang)}"
        assert "{" not in said
        assert "  " not in said
    assert seen[0].severity in SEVERITIES
    assert seen[0].runbook.startswith("docs/how-to/")


def test_a_realm_of_which_nobody_speaks_has_no_router() -> None:
    """Silence is no good sign."""
    silent = federation(AT, [], KafkaState(), {}, {})

    assert [alert.who for alert in alerts(silent)] == sorted(REALMS)
    assert sum("in quarantine, to be ruled on: unknown" in one for one in lines(silent, [])) == 2


def test_what_falls_due_is_judged_by_the_bus_s_own_time() -> None:
    """A demonstration whose clock was moved has late duties by that clock alone."""
    moved = calm(
        answer("routing", figures(("written_until", "civil", AT + 9 * DAY))),
        ahead=9 * DAY,
    )

    assert alerts(moved) == []


def test_alerts_that_one_look_cannot_see_are_prometheus_s_alone() -> None:
    """Rates and windows; a new alert belongs to one side or the other."""
    assert checks().keys() - SEEN.keys() == {
        "RelaisUndecided", "RelaisKafkaAway", "RelaisRestarting", "RelaisTurnedAway",
        "RelaisRouterFenced", "RelaisRoutingSlow", "RelaisTransactionsAborted",
        "RelaisInternalError", "RelaisQuarantineGrowing",
    }  # fmt: skip


BARE = (  # series without the labels that tell of what they are
    "lag", 'open_transaction_seconds{realm="civil"}', "last_progress_timestamp_seconds",
    "tls_expires_timestamp_seconds",
)  # fmt: skip


@pytest.mark.parametrize(
    ("page", "ready"),
    [
        *((f"relais_{series} 5\n", {}) for series in BARE),
        ("", {"loops": [1]}),
        ("", {"loops": {"inbox": 1}}),
        ("", {"warnings": 3}),
        ("", {"warnings": [{"a": 1}]}),
    ],
)
def test_a_service_that_answers_in_another_form_is_told_and_hides_nobody(
    page: str, ready: dict[str, object]
) -> None:
    """One that was taken over would else end the console and `relais status` for all."""
    liar = Answer("police", "http://127.0.0.1:1", {**READY, **ready}, Samples.read(page))
    now = calm(liar)

    assert [alert.name for alert in alerts(now)] == ["RelaisDown"]
    assert any("(RelaisDown)" in line for line in lines(now, alerts(now)))
    assert as_json(now, alerts(now))["good"] is False


@pytest.mark.parametrize("at", [-1, 2**53 - 1])
def test_an_instant_beyond_the_calendar_is_told(at: int) -> None:
    """A service may say any figure."""
    now = calm(answer("audit", figures(("audited", "civil", at))))

    assert any("audited until" in line for line in lines(now, []))


def test_a_service_writes_nothing_on_a_terminal_but_its_words() -> None:
    """No control, no line of its own, no turned writing."""
    words = "\x1b[2J\nNothing needs anybody.\x9b\u202e"
    text = list(lines(calm(answer("police", warnings=[words])), []))

    spaces = str.maketrans("\xa0\u202f", "  ")  # of French and of times
    assert all(line.translate(spaces).isprintable() for line in text)
    assert sum(line.startswith("Nothing needs") for line in text) == 1


@pytest.mark.parametrize(
    ("kafka", "said"),
    [(CALM, ["Drift of topics: 0 differences, looked for 5 s ago"]), (KafkaState("refused"), [])],
)
def test_drift_is_told_of_what_brokers_were_asked_for(kafka: KafkaState, said: list[str]) -> None:
    """Without TLS they know no rights; brokers that are away are not said to agree."""
    now = calm(kafka=kafka, topic_missing=(0, AT - 5))

    assert [line.replace("\xa0", " ") for line in lines(now, []) if "Drift" in line] == said
