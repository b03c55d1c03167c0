"""The verbs' addresses, told apart here: requests for them pass the framework by, whose routes stay their description.

Finding the route and its parameters took the framework half of the event loop's time for a request of one row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from offbeat.errors import OffbeatError
from offbeat.server.answering import answer_verb
from offbeat.server.refusal import Refusal
from offbeat.server.service import Service, visit_of
from offbeat.server.verbs import VERBS

AnswerError = Callable[[Request, Exception], Awaitable[Response]]


class ShortWay:
    """The application, with a short way to the verbs.

    Args:
        app: Answers all else.
        service: What they share.
        answer_error: What a refused request is told.
    """

    def __init__(self, app: ASGIApp, service: Service, answer_error: AnswerError) -> None:
        self._app, self._service, self._answer_error = app, service, answer_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        match scope["path"].split("/") if scope["type"] == "http" and scope["method"] == "POST" else []:
            case ["", "v1", "detectors", name, word] if name and word in VERBS:
                request = Request(scope, receive, send)
                visit_of(request).route = f"/v1/detectors/{{name}}/{word}"
                answer = await self._answer(request, name, word)
                await answer(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _answer(self, request: Request, name: str, word: str) -> Response:
        try:
            return await answer_verb(self._service, request, name, VERBS[word])
        except (Refusal, OffbeatError) as error:
            return await self._answer_error(request, error)
