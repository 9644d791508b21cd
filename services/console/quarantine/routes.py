"""The addresses of quarantine: prepare a task, look at it, take its file, drop it. Nothing here signs.

POST /quarantine/prepare                a form → a task, and to its page
GET  /quarantine/tasks/{name}           its page
GET  /quarantine/tasks/{name}/file      what the owners are given
POST /quarantine/tasks/{name}/drop      forget it
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.log.orders.rulings import REASONS, RULINGS
from services.console.answers import SharedAnswers
from services.console.quarantine.page import AGE_CHOICES, key_of, shown
from services.console.quarantine.task_page import task_shown
from services.console.quarantine.tasks import PreparedTask, PreparedTasks, described
from services.console.quarantine.told import KeptGroup, KeptRows, QuarantineTold
from services.console.roles import Page, Role, role_of, sees
from services.operate.quarantine_task import LASTS_S, MOST, MOST_OF_ALL, QuarantineTask
from services.platform.browser.answers import HEADERS, elsewhere
from services.platform.browser.asked import form_of, is_own_form, lang_of
from services.platform.browser.sessions import Session
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

PAGE: Final[Page] = "quarantine"
_SILENT: Final = _(
    "The auditor does not answer: nothing is prepared by what it told earlier. Try again."
)
_GONE: Final = _("There is nothing of that code and desk any more.")
_NONE: Final = _("There is nothing of that age.")
_VAIN: Final = _("Refused: each of them would be put aside again or is gone. See the last column.")
_WRONG: Final = _("That was no form of this page.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks to prepare."""

    realm: str
    group: KeptGroup
    kind: str
    reason: str
    age: int
    most: int


class QuarantineRoutes:
    """Pages and forms of quarantine.

    Attributes:
        all: routes before `/{page}`.
        told: what auditors said last.
    """

    def __init__(self, door: SharedAnswers, told: QuarantineTold, tasks: PreparedTasks) -> None:
        self._door, self.told, self._tasks = door, told, tasks
        self.all = [
            Route("/quarantine/prepare", self._prepare, methods=["POST"]),
            Route("/quarantine/tasks/{name}", self._task),
            Route("/quarantine/tasks/{name}/file", self._file),
            Route("/quarantine/tasks/{name}/drop", self._drop, methods=["POST"]),
        ]

    async def page(self, role: Role, lang: str) -> dict[str, Any]:
        """What the page shows beside the tables of metrics."""
        await self.told.ask()
        return {"refused": "", **shown(self.told, self._tasks.all(), role, lang)}

    async def _prepare(self, request: Request) -> Response:
        form = await form_of(request)
        session = self._opened(request, form)
        if session is None:
            return self._door.nowhere(request)
        await self.told.ask()
        done = await self._prepared(form, session.account)
        if isinstance(done, PreparedTask):
            self._door.note(request, "prepared", session, page=PAGE, task=done.name)
            self._tasks.add(done)
            return elsewhere(f"/quarantine/tasks/{done.name}")
        self._door.note(request, "looked", session, page=PAGE)
        lang = lang_of(request)
        more = await self.page(role_of(session), lang)
        return self._door.answer(
            request, "quarantine.html", session, PAGE, 409,
            **{"tables": [], **more, "refused": done.say(lang)},
        )  # fmt: skip

    async def _prepared(self, form: dict[str, str], account: str) -> PreparedTask | Text:
        asked = self._asked(form)
        if not isinstance(asked, _Asked):
            return asked
        now = self.told.last[asked.realm].told.at
        # Of a release what would be in vain is left out, so more is asked for than it may have.
        rows = await self.told.rows(asked.realm, asked.group, now + 1 - asked.age, MOST_OF_ALL)
        return _SILENT if rows is None else _chosen(asked, rows, now, account)

    def _asked(self, form: dict[str, str]) -> _Asked | Text:
        kind, reason, age = (form.get(name, "") for name in ("kind", "reason", "age"))
        if kind not in RULINGS or reason not in REASONS or age not in map(str, AGE_CHOICES):
            return _WRONG
        named = form.get("group", "")
        rows = (row for row in self.told.groups() if key_of(*row) == named)
        if (row := next(rows, None)) is None:
            return _GONE
        most = MOST_OF_ALL if form.get("all") == "yes" else MOST
        return _Asked(*row, kind, reason, int(age), most)

    async def _task(self, request: Request) -> Response:
        session = self._reader(request)
        prepared = self._tasks.get(request.path_params["name"])
        if session is None or prepared is None:
            return self._door.nowhere(request)
        self._door.note(request, "looked", session, page=PAGE, task=prepared.name)
        await self.told.ask()
        last, lang = self.told.last.get(prepared.task.realm), lang_of(request)
        now = last.told.at if last is not None else prepared.task.made
        return self._door.answer(
            request, "quarantine_task.html", session, PAGE,
            prepares=sees(role_of(session), PAGE, "prepare"), sees_desks=sees(role_of(session), PAGE, "desk"),
            **task_shown(prepared, self.told.last, now, lang),
        )  # fmt: skip

    async def _file(self, request: Request) -> Response:
        session = self._reader(request)
        prepared = self._tasks.get(request.path_params["name"])
        if session is None or prepared is None or not sees(role_of(session), PAGE, "prepare"):
            return self._door.nowhere(request)
        self._door.note(request, "took", session, page=PAGE, task=prepared.name)
        name = {"Content-Disposition": f'attachment; filename="{prepared.name}.json"'}
        return Response(
            prepared.task.text(), media_type="application/json", headers={**HEADERS, **name}
        )

    async def _drop(self, request: Request) -> Response:
        session = self._opened(request, await form_of(request))
        name = request.path_params["name"]
        if session is None or not self._tasks.get(name):
            return self._door.nowhere(request)
        self._door.note(request, "dropped", session, page=PAGE, task=name)
        self._tasks.drop(name)
        return elsewhere("/quarantine")

    def _reader(self, request: Request) -> Session | None:
        session = self._door.session(request)
        return session if session is not None and sees(role_of(session), PAGE) else None

    def _opened(self, request: Request, form: dict[str, str]) -> Session | None:
        """Whose form it is, if it is a form of ours by somebody who may prepare."""
        session = self._reader(request)
        if session is None or not sees(role_of(session), PAGE, "prepare"):
            return None
        return session if is_own_form(request, session, form) else None


def _chosen(asked: _Asked, rows: KeptRows, now: int, account: str) -> PreparedTask | Text:
    """A task of what may go into it."""
    is_release = asked.kind == "release"
    good = [row for row in rows.rows if not (is_release and row.against)]
    if not rows.rows:
        return _NONE
    if not good:
        return _VAIN
    left_out = Counter(row.against for row in rows.rows if is_release and row.against)
    own = good[: asked.most]
    task = QuarantineTask(
        asked.kind, asked.realm, asked.group.code, asked.reason, now, now + LASTS_S,
        tuple(row.named for row in own),
    )  # fmt: skip
    beyond = rows.n - len(own) - left_out.total()
    return described(task, own, left_out, beyond, account)
