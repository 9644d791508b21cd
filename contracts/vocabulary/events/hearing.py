"""HEARING: the police say when a minor is heard (R37); the association says if it comes (R38)."""

from __future__ import annotations

from typing import ClassVar

from contracts.vocabulary.categories import AttendanceCode, Identity, ProcedureHearing
from contracts.vocabulary.events.act import Act, carries


class Hearing(Act):
    """Date and place of a hearing (CPP 706-52), or a yes or no to it."""

    etype: ClassVar[str] = "HEARING"

    identity: Identity | None = carries("IDENTITY")
    hearing: ProcedureHearing | None = carries("PROCEDURE.hearing")
    attendance: AttendanceCode | None = carries("CODE.attendance")
