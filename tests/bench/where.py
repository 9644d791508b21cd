"""Where a routed event's CPU goes, by looking: the stack, every half millisecond of a run.

In the pure core by what the code is for, in a router's whole process by the stages of its work.
A sample belongs to the innermost frame that a group claims, so that a helper's time falls to whom it
works for. Nothing is wrapped and nothing slowed down: unlike a tracing profiler, this does not make
small functions look dear.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

LOOK_S: Final = 0.0005
ROOT: Final = Path(__file__).parents[2]

# File, or file and function -> group; the innermost frame with an entry decides.
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
    "contracts/decision/bus_events.py": "rules",
    "contracts/decision/duties.py": "duties",
    "contracts/decision/deadlines.py": "duties",
    "contracts/convention/calendar.py": "duties",
    "contracts/decision/state.py": "state",
    "contracts/decision/effects.py": "state",
    "contracts/log/settle.py": "record and evidence",
    "contracts/log/entry.py": "record and evidence",
    "contracts/envelope/deliver.py": "messages",
    "contracts/log/batch.py": "messages",
    "contracts/log/partition_router.py": "around",
}

STAGES: Final = {
    "contracts/keys/ed25519.py:verifies": "verify",
    "contracts/keys/ed25519.py:sign": "sign",
    "contracts/envelope/verify.py": "parse",
    "contracts/decision/decide.py": "decide",
    "contracts/log/settle.py": "encode",
    "contracts/log/batch.py": "encode",
    "contracts/decision/effects.py": "decide",
    "contracts/log/partition_router.py": "decide",
    "aiokafka/consumer/fetcher.py": "fetch",
    "services/platform/kafka/log_reader.py": "fetch",
    "services/platform/kafka/subscription.py": "fetch",
    "faststream/kafka/subscriber/usecase.py": "fetch",
    "services/platform/kafka/transactions.py:send": "produce",
    "aiokafka/producer/message_accumulator.py": "produce",
    "aiokafka/producer/sender.py": "produce",
    "aiokafka/producer/sender.py:_maybe_do_transactional_request": "commit",
    "aiokafka/producer/sender.py:_do_add_partitions_to_txn": "commit",
    "aiokafka/producer/sender.py:_do_add_offsets_to_txn": "commit",
    "aiokafka/producer/sender.py:_do_txn_offset_commit": "commit",
    "aiokafka/producer/sender.py:_do_txn_commit": "commit",
    "aiokafka/producer/transaction_manager.py": "commit",
    "services/platform/kafka/transactions.py": "commit",
    "services/platform/kafka/control.py": "control",
    "services/routing/app.py": "ticks and reports",
    "services/platform/http/health_endpoints.py": "ticks and reports",
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


def _group(frame: FrameType | None, groups: Mapping[str, str]) -> str:
    while frame is not None:
        code = frame.f_code
        name = code.co_filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
        group = groups.get(f"{name}:{code.co_name}") or groups.get(name)
        if group is not None:
            return group
        frame = frame.f_back
    return "around"
