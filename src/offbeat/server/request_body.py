"""The body of a request, as long as it may be."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from offbeat.server.refusal import Refusal
from offbeat.server.service import visit_of


async def read_body(request: Request, most_bytes: int) -> bytes:
    """All of the body; no more of it is kept than it may have.

    Args:
        request: The request, of whose body nothing was read.
        most_bytes: How long it may be.

    Raises:
        Refusal: 413, it is longer; 499, which nobody reads, the caller has gone.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and len(announced) < 20 and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    visit_of(request).body = "awaited"
    chunks, length = [], 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > most_bytes:
                raise _too_large(most_bytes)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Refusal("gone", "The caller closed the connection before the body had come.") from None
    visit_of(request).body = "read"
    return b"".join(chunks)


def _too_large(most_bytes: int) -> Refusal:
    return Refusal("too-large", f"The body is larger than {most_bytes / 2**20:g} MB. Send it in parts.")
