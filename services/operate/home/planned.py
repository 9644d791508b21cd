"""The topics that a home's own files ask for, before anything is in force on control."""

from __future__ import annotations

from contracts.kafka.topic_plan import PlannedTopic, plan
from contracts.vocabulary.scopes import REALMS
from services.operate.home.home import Home


def planned_topics(home: Home) -> list[PlannedTopic]:
    """The topics of both realms."""
    return [
        topic
        for realm in REALMS
        for topic in plan(home.convention, home.directory(realm), home.partitions)
    ]
