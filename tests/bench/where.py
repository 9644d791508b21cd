"""Where a routed event's CPU goes, by looking: the stack, every half millisecond of a run.

In the pure core by what the code is for, in a router's whole process by the stages of its work.
A sample belongs to the innermost frame that a group claims, so that a helper's time falls to whom it
works for. Nothing is wrapped and nothing slowed down: unlike a tracing profiler, this does not make
small functions look dear.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from tests.bench.measure import Figure

LOOK_S: Final = 0.0005
TOLD_S: Final = 5.0  # for a process to write its counts
ROOT: Final = Path(__file__).parents[2]

# Folder, file, or file and function -> group; the innermost frame with an entry decides.
GROUPS: Final = {
    "contracts/keys/jose.py:_verify": "signatures",
    "contracts/keys/keyring.py": "signatures",
    "contracts/envelope/verify.py": "verification",
    "contracts/envelope/part.py": "verification",
    "contracts/envelope/shape.py": "verification",
    "contracts/envelope/cloudevent.py:read": "verification",
    "contracts/decision/decide.py": "rules",
    "contracts/decision/conditions.py": "rules",
    "contracts/convention/hard_denials.py": "rules",
    "contracts/decision/doors.py": "rules",
    "contracts/decision/events": "rules",
    "contracts/decision/duties.py": "duties",
    "contracts/decision/deadlines.py": "duties",
    "contracts/convention/calendar.py": "duties",
    "contracts/decision/state/state.py": "state",
    "contracts/decision/state/view.py": "state",
    "contracts/decision/state/sums.py": "state",
    "contracts/decision/new_cases.py": "rules",
    "contracts/decision/state/effects.py": "state",
    "contracts/log/routing/settle.py": "record and evidence",
    "contracts/log/entry.py": "record and evidence",
    "contracts/envelope/deliver.py": "messages",
    "contracts/log/routing/batch.py": "messages",
    "contracts/log/routing/partition_router.py": "around",
}

STAGES: Final = {
    "contracts/keys/ed25519.py:verifies": "verify",
    "contracts/keys/signers.py": "sign",
    "contracts/envelope/verify.py": "parse",
    "contracts/decision/decide.py": "decide",
    "contracts/decision/events": "decide",
    "contracts/log/routing/settle.py": "encode",
    "contracts/log/routing/batch.py": "encode",
    "contracts/decision/state/effects.py": "decide",
    "contracts/log/routing/partition_router.py": "decide",
    "aiokafka/consumer/fetcher.py": "fetch",
    "services/platform/kafka/reading/log_reader.py": "fetch",
    "services/platform/kafka/reading/subscription.py": "fetch",
    "faststream/kafka/subscriber/usecase.py": "fetch",
    "services/platform/kafka/writing/transactions.py:send": "produce",
    "aiokafka/producer/message_accumulator.py": "produce",
    "aiokafka/producer/sender.py": "produce",
    "aiokafka/producer/sender.py:_maybe_do_transactional_request": "commit",
    "aiokafka/producer/sender.py:_do_add_partitions_to_txn": "commit",
    "aiokafka/producer/sender.py:_do_add_offsets_to_txn": "commit",
    "aiokafka/producer/sender.py:_do_txn_offset_commit": "commit",
    "aiokafka/producer/sender.py:_do_txn_commit": "commit",
    "aiokafka/producer/transaction_manager.py": "commit",
    "services/platform/kafka/writing/transactions.py": "commit",
    "services/platform/kafka/orders/control.py": "control",
    "services/routing/app.py": "ticks and reports",
    "services/platform/http/health_endpoints.py": "ticks and reports",
}

INTAKE: Final = {
    "uvicorn": "HTTP",
    "h11": "HTTP",
    "starlette": "HTTP",
    "fastapi": "HTTP",
    "services/platform/http/responses.py": "HTTP",
    "services/agency/http/admission.py": "HTTP",
    "services/agency/http/routes.py": "HTTP",
    "services/agency/http/referral_routes.py": "HTTP",
    "services/agency/http/desk_request.py": "HTTP",
    "services/agency/http/bearer_tokens.py": "HTTP",
    "prometheus_client": "metrics and logs",
    "structlog": "metrics and logs",
    "services/agency/http/json_body.py": "JSON body",
    "services/agency/record/record.py": "form and marks",
    "services/agency/record/form.py": "form and marks",
    "services/agency/record/mapping.py": "form and marks",
    "services/agency/trade.py": "form and marks",
    "services/agency/office/sending/identity.py": "rules",
    "services/agency/office/sending/left_out.py": "rules",
    "contracts/decision": "rules",
    "contracts/keys/jose.py:seal_jwe": "seals",
    "contracts/envelope/part.py": "seals",
    "contracts/keys/signers.py": "signatures",
    "contracts/envelope/issue.py": "cover and slips",
    "contracts/envelope/cloudevent.py:write": "cover and slips",
    "services/agency/office/sending/sealing.py": "cover and slips",
    "services/agency/office/sending/sealing.py:keyed": "key and answer",
    "services/agency/office/office.py:keyed": "key and answer",
    "services/agency/office/office.py:repeated": "key and answer",
    "services/agency/office/sending/answer.py": "key and answer",
    "services/agency/office/responses": "key and answer",
    "services/agency/loops/publisher.py": "queue",
    "services/agency/office/office.py:committed": "own events",
    "services/agency/loops/own_outbox.py": "outbox read back",
    "services/platform/kafka/reading/log_reader.py": "outbox read back",
    "services/platform/kafka/writing/transactions.py": "transaction",
    "aiokafka/producer": "transaction",
    "aiokafka/consumer": "fetch",
    "services/platform/kafka/reading/subscription.py": "fetch",
    "faststream": "fetch",
    "services/agency/loops/incoming.py": "notices",
    "services/platform/kafka/orders/control.py": "control",
    "services/agency/loops/watching.py": "reports",
    "services/platform/http/health_endpoints.py": "reports",
}


@contextmanager
def looking(groups: Mapping[str, str] = GROUPS, *, by_cpu: bool = False) -> Iterator[Counter[str]]:
    """Count samples by group while the block runs; main thread only.

    Args:
        by_cpu: looks only while the process works, but no oftener than the system's own tick.
    """
    found: Counter[str] = Counter()
    timer, number = (
        (signal.ITIMER_PROF, signal.SIGPROF) if by_cpu else (signal.ITIMER_REAL, signal.SIGALRM)
    )

    def look(_number: int, frame: FrameType | None) -> None:
        found[_group(frame, groups)] += 1

    before = signal.signal(number, look)
    signal.setitimer(timer, LOOK_S, LOOK_S)
    try:
        yield found
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)


@contextmanager
def telling(groups: Mapping[str, str]) -> Iterator[None]:
    """Look while the block runs, and tell on SIGUSR2: what was counted since, to the file LOOKED."""
    with looking(groups, by_cpu=True) as found:

        def tell(_number: int, _frame: object) -> None:
            """Write the counts, in one step, and begin anew."""
            path = Path(os.environ["LOOKED"])
            part = path.with_suffix(".part")
            part.write_text(json.dumps(found))
            part.replace(path)
            found.clear()

        signal.signal(signal.SIGUSR2, tell)
        yield


def told(pid: int, path: Path) -> Counter[str]:
    """What a process that is `telling` has counted since it was last asked; waits for it."""
    path.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR2)
    until = time.monotonic() + TOLD_S
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"process {pid} told nothing")
        time.sleep(0.01)
    return Counter(json.loads(path.read_text()))


def shares(whole: Figure, looks: Sequence[Counter[str]], suffix: str = "") -> Iterator[Figure]:
    """Each group's share of a process's cost, round by round; the greatest first."""
    total = sum(looks, Counter[str]())
    for group, count in total.most_common():
        values = tuple(
            one[group] / max(1, one.total()) * cost
            for one, cost in zip(looks, whole.values, strict=True)
        )
        note = f"{count / total.total():.0%} of {total.total()} looks"
        yield Figure(f"  of it {group}{suffix}", whole.unit, values, note)


def _group(frame: FrameType | None, groups: Mapping[str, str]) -> str:
    while frame is not None:
        code = frame.f_code
        name = code.co_filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
        group = groups.get(f"{name}:{code.co_name}") or groups.get(name) or _of_folder(name, groups)
        if group is not None:
            return group
        frame = frame.f_back
    return "around"


def _of_folder(name: str, groups: Mapping[str, str]) -> str | None:
    folders = (name[:at] for at, letter in enumerate(name) if letter == "/")
    return next((groups[folder] for folder in folders if folder in groups), None)
