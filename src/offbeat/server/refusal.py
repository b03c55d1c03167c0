"""What a request is refused with: a status, a kind, a sentence, in one JSON shape."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from offbeat.errors import DataError, OffbeatError, SettingsError

RETRY_SECONDS = 1
"""When to come again after a refusal for want of room: a request takes milliseconds."""

KINDS = {
    "request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "method": 405,
    "accept": 406,
    "too-slow": 408,
    "too-large": 413,
    "content-type": 415,
    "too-many": 429,
    "gone": 499,
    "unexpected": 500,
    "busy": 503,
    "timeout": 503,
}
"""What only a service refuses, and its status; the library's own kinds of error have theirs in `refusal_of`."""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is not answered as asked.

    Args:
        kind: One of `KINDS`, or an error's own kind together with a status.
        message: What is wrong, where, what was expected, what to do.
        status: The HTTP status; that of the kind unless given.
    """

    def __init__(self, kind: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message
        self.status = KINDS[kind] if status is None else status

    @property
    def headers(self) -> Mapping[str, str]:
        """What the status obliges to say."""
        headers = {"content-type": "application/json"}
        if self.status in (429, 503):
            headers["retry-after"] = str(RETRY_SECONDS)
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        return headers

    @property
    def body(self) -> bytes:
        """The refusal as JSON, as the command line prints errors with --json.

        Example:
            >>> Refusal("not-found", "There is no page /v2.").body
            b'{"error":{"kind":"not-found","message":"There is no page /v2."}}'
        """
        return orjson.dumps({"error": {"kind": self.kind, "message": self.message}})


def refusal_of(error: Exception) -> Refusal:
    """The refusal that stands for an error of the library; an error that nobody foresaw tells nothing of itself.

    Example:
        >>> refusal = refusal_of(DataError("The request: column 'flow' holds text."))
        >>> refusal.status, refusal.kind
        (422, 'data')
    """
    if isinstance(error, Refusal):
        return error
    if isinstance(error, OffbeatError):
        message = str(error).encode(errors="replace").decode()
        if isinstance(error, DataError):
            return Refusal(error.kind, message, 422)
        return Refusal(error.kind, message, 400 if isinstance(error, SettingsError) else 500)
    return Refusal("unexpected", "This should not happen; the service's log has the traceback.")
