"""A real Chromium, driven through two pipes: what it shows, prints and tells a screen reader."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from itertools import count
from pathlib import Path
from typing import IO, Any, Final

import pytest

from services.platform.process.tether import tethered
from tests.patience import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
LINE = "InlineTextBox"  # a line of a text on the screen: read with the text, not a second time
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-pipe", "--accept-lang=fr-FR",
)  # fmt: skip

IN_CHROMIUM: Final = pytest.mark.skipif(
    not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
)
AXE: Final = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
KEYS: Final = {"\n": ("Enter", 13, "\r"), "\t": ("Tab", 9, ""), "↓": ("ArrowDown", 40, "")}


class Browser:
    """One page.

    Attributes:
        file: where what it shows lies.
        asked: addresses of everything that the page loaded.
    """

    def __init__(self, commands: IO[bytes], answers: IO[bytes], file: Path) -> None:
        self._commands, self._answers, self.file = commands, answers, file
        self._numbers, self._context = count(1), dict[str, Any]()
        self._attach()
        for domain in ("Network", "Accessibility"):
            self.call(f"{domain}.enable")

    def apart(self) -> Browser:
        """Another page, with cookies of its own: another person's browser."""
        other = copy(self)
        other._session = ""
        other._context = other.call("Target.createBrowserContext")
        other._attach()
        return other

    def _attach(self) -> None:
        self._session, self.asked = "", list[str]()
        target = self.call("Target.createTarget", url="about:blank", **self._context)["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, answered; what is told meanwhile is looked at."""
        return self._result(self._command(method, params))

    def press(self, keys: Iterable[str]) -> None:
        """Press keys one after the other, each down and up; `KEYS` has those without letters."""
        numbers = []
        for key in keys:
            name, code, text = KEYS.get(key, (key, 0, key))
            down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            for event in (down, {"type": "keyUp"}):
                told = {**event, "key": name, "windowsVirtualKeyCode": code}
                numbers.append(self._command("Input.dispatchKeyEvent", told))
        for number in numbers:
            self._result(number)

    def _command(self, method: str, params: dict[str, Any]) -> int:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        return number

    def _result(self, number: int) -> dict[str, Any]:
        while True:
            told = self._told()
            if told.get("id") == number:
                result: dict[str, Any] = told.get("result", {})  # none, where a page went meanwhile
                return result

    def show(self, page: str) -> None:
        """Show a page out of a file, and wait until it is loaded."""
        self.file.write_text(page, "utf-8")
        self.call("Page.navigate", url=self.file.as_uri())
        while self._told().get("method") != "Page.loadEventFired":
            pass

    def go(self, url: str, shown: str) -> None:
        """Open an address, and wait for what it shows."""
        self.call("Page.navigate", url=url)
        self.until(shown)

    def width(self, page: str, screen: int) -> int:
        """How wide a page is on a screen of a width, CSS pixels: more would move sideways."""
        with self.sized(screen):
            self.show(page)
            shown: int = self.call("Page.getLayoutMetrics")["cssContentSize"]["width"]
        return shown

    def _told(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser went away"
            raw += byte
        told: dict[str, Any] = json.loads(raw)
        if told.get("method") == "Network.requestWillBeSent":
            self.asked.append(told["params"]["request"]["url"])
        elif told.get("method") == "Page.javascriptDialogOpening":  # what is written is left
            self._command("Page.handleJavaScriptDialog", {"accept": True})
        return told

    def spoken(self) -> list[tuple[str, str]]:
        """(role, name) of all that a screen reader meets, in the order of reading."""
        nodes = {one["nodeId"]: one for one in self.call("Accessibility.getFullAXTree")["nodes"]}
        found, ahead = [], [next(iter(nodes))]
        while ahead:
            node = nodes[ahead.pop()]
            ahead += [one for one in reversed(node.get("childIds", [])) if one in nodes]
            role = node.get("role", {}).get("value", LINE)
            if not node.get("ignored") and role != LINE:
                found.append((role, node.get("name", {}).get("value", "")))
        return found

    def run(self, expression: str) -> Any:
        """What a page's own script would get."""
        how = {"returnByValue": True, "awaitPromise": True}
        told = self.call("Runtime.evaluate", expression=expression, **how)
        return told.get("result", {}).get("value")

    def until(self, expression: str) -> None:
        """Wait for it; between two pages nothing is there to be asked."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"document.readyState === 'complete' && !!({expression})"):
            assert time.monotonic() < end, self.run("location.href + document.body.innerText")
            time.sleep(0.05)

    def press_at(self, place: str, keys: str) -> None:
        """Press keys on what is at a place, as a person does."""
        self.run(f"document.querySelector({json.dumps(place)}).focus()")
        self.press(keys)

    def violations(self, rules: Iterable[str] = RULES) -> list[tuple[str, str]]:
        """What axe-core finds on the page: rule and first place of each."""
        only = json.dumps({"runOnly": [*rules]})
        listed = "told.violations.map(it => [it.id, it.nodes[0].html])"
        self.run(f"{AXE.read_text('utf-8')};0")
        found = self.run(f"axe.run(document, {only}).then(told => {listed})")
        return [(rule, place) for rule, place in found]

    def assert_accessible(self, *pages: str) -> None:
        """Pages break no rule; the first of them has contrast in the dark too."""
        found = list[tuple[str, str]]()
        for page in pages:
            self.show(page)
            found += self.violations()
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        self.call("Emulation.setEmulatedMedia", features=[dark])
        self.show(pages[0])
        found += self.violations(["color-contrast"])
        self.call("Emulation.setEmulatedMedia", features=[])
        assert found == [], found

    @contextmanager
    def sized(self, width: int, media: str = "") -> Iterator[None]:
        """A screen of a width while the block lasts, or paper."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setEmulatedMedia", media=media)
        yield
        self.call("Emulation.setEmulatedMedia", media="")
        self.call("Emulation.clearDeviceMetricsOverride")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A Chromium with a profile of its own, ended at the end."""
    command_out, command_in = os.pipe()
    answer_out, answer_in = os.pipe()
    words = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}"]
    line = f"exec {shlex.join(words)} 3<&{command_out} 4>&{answer_in}"
    process = subprocess.Popen(
        tethered(["bash", "-c", line]), pass_fds=(command_out, answer_in), stderr=subprocess.DEVNULL
    )
    os.close(command_out)
    os.close(answer_in)
    try:
        with os.fdopen(command_in, "wb") as commands, os.fdopen(answer_out, "rb") as answers:
            yield Browser(commands, answers, folder / "shown.html")
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
