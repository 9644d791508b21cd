"""What a school's own software does at its service, by Python's standard library alone: none of Relais' code.

    python3 school.py URL TOKEN            read and acknowledge what came, list each event sent and its state
    python3 school.py URL TOKEN RECORD     send a record before that

URL is the service's address, TOKEN the file with the desk's token, RECORD a file of JSON.
"""

import hashlib
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlencode

TRIES = 6
LONGEST_S = 10  # of one request; the inbox is held open for some of it
LATER = (429, 503)
JSON = ("application/json", "application/problem+json")


def waits(again):
    """Seconds to wait by a `Retry-After`: seconds, or a date (RFC 9110 §10.2.3)."""
    if again.isdecimal():
        return float(again)
    try:
        return max(0.0, (parsedate_to_datetime(again) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return 1.0


class Refused(Exception):
    """What is not to be asked again as it is: a problem document (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(f"{problem['code']}: {problem.get('next', problem.get('title', ''))}")
        self.code, self.status = problem["code"], problem["status"]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The service sends none: record and token are for it alone."""

    def redirect_request(self, *_):
        """Nothing is asked elsewhere."""


class Desk:
    """One desk at its agency's service."""

    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token.strip()
        self.cursor = ""  # keep it where it lasts: nothing is skipped, and nothing comes twice
        self.handled = set()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)

    def ask(self, method, path, body=None, **headers):
        """The service's answer; while there is none, the same once more, when it may be asked again."""
        headers |= {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, body, headers, method=method)  # noqa: S310 (its own service)
        for _ in range(TRIES):
            status, told, again = self.once(request)
            if told is not None and status < 400:
                return told
            if told is not None and status not in LATER:
                raise Refused(told)
            time.sleep(waits(again))
        raise TimeoutError(f"{method} {path}: no answer in {TRIES} tries")

    def once(self, request):
        """Status, what the service said, `Retry-After`; None where nothing came, half of it, or a proxy's page."""
        try:
            answer = self.opener.open(request, timeout=LONGEST_S)
        except urllib.error.HTTPError as error:
            answer = error
        except (OSError, http.client.HTTPException):
            return 0, None, ""
        with answer:
            again = answer.headers.get("Retry-After", "")
            try:
                ours = answer.headers.get_content_type() in JSON
                return answer.status, json.load(answer) if ours else None, again
            except (OSError, http.client.HTTPException, ValueError):
                return answer.status, None, again

    def send(self, record):
        """Publish a record (bytes): of the same bytes never two events, for the key is made of them."""
        key = hashlib.sha256(record).hexdigest()
        return self.ask("POST", "/v1/referrals", record, **{"Idempotency-Key": key})

    def arrivals(self, wait=0):
        """What came since the last time, until nothing comes for `wait` seconds."""
        while True:
            after = {"after": self.cursor} if self.cursor else {}
            try:
                page = self.ask("GET", "/v1/inbox?" + urlencode({"wait": wait, **after}))
            except Refused as refused:
                if refused.status != 410:
                    raise
                self.cursor = ""  # it is older than what is kept: from the inbox's beginning
                continue
            self.cursor = page["cursor"]
            yield from page["items"]
            if not page["items"] and not page["more"]:
                return

    def handle(self, item):
        """Acknowledge what an arrival asks for; a line of it, or None: an `error`, or handled before."""
        if "error" in item or item["event"] in self.handled:
            return None
        self.handled.add(item["event"])
        stages = item.get("asks", {}).get("acknowledge", [])
        for stage in stages:
            body = json.dumps({"stage": stage}).encode()
            self.ask("POST", f"/v1/inbox/{item['event']}/acknowledge", body)
        withdrawn = ", withdrawn since" if "withdrawn" in item else ""
        acknowledged = f", acknowledged: {' '.join(stages)}" if stages else ""
        return f"came {item['event']} {item['type']} from {item['from']}{withdrawn}{acknowledged}"

    def await_decision(self, event):
        """Wait until the bus has decided an event of ours."""
        while self.ask("GET", f"/v1/referrals/{event}")["state"] == "published":
            time.sleep(0.2)


def line_of(event):
    """One event sent: its kind and state, and each desk with its state and the stages that it acknowledged."""
    desks = [
        ", ".join((f"{to['desk']} {to['state']}", *(told["stage"] for told in to.get("acknowledged", ()))))
        for to in event["to"]
    ]
    return f"sent {event['event']} {event['type']} {event['state']}: {'; '.join(desks)}"


def work(url, token, record=None):
    """Send, read, acknowledge, and list what was sent."""
    desk = Desk(url, Path(token).read_text())
    if record:
        sent = desk.send(Path(record).read_bytes())
        print("record:", sent["outcome"])
        for event in sent["events"]:
            desk.await_decision(event)
    for item in desk.arrivals():
        if line := desk.handle(item):
            print(line)
    for event in desk.ask("GET", "/v1/referrals")["items"]:
        print(line_of(event))


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    try:
        work(*sys.argv[1:])
    except (Refused, TimeoutError) as error:
        sys.exit(str(error))
