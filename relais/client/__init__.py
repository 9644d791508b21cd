"""A client of an agency's HTTP for Python, usable by itself: httpx and the standard library, nothing else of ours.

    from relais.client import Client, inbox, publish

    with Client("https://crip.example", token) as desk:
        sent = desk.ask(publish(record, key="2026-114"))
        page = desk.ask(inbox(wait=20))

`AsyncClient` has the same with `await`. What may be asked stands in `calls.py`.
"""

from relais.client.calls import (
    acknowledge,
    ask_why,
    codes,
    desks,
    duties,
    entrust,
    entrust_cases,
    first_accesses,
    inbox,
    look_up,
    looked_up,
    outcome,
    publish,
    records,
    referral,
    referrals,
    resume_webhook,
    webhook,
    withdraw,
)
from relais.client.client import AsyncClient, Client
from relais.client.exchange import CallRefusedError, UnansweredError

__all__ = [
    "AsyncClient",
    "CallRefusedError",
    "Client",
    "UnansweredError",
    "acknowledge",
    "ask_why",
    "codes",
    "desks",
    "duties",
    "entrust",
    "entrust_cases",
    "first_accesses",
    "inbox",
    "look_up",
    "looked_up",
    "outcome",
    "publish",
    "records",
    "referral",
    "referrals",
    "resume_webhook",
    "webhook",
    "withdraw",
]
