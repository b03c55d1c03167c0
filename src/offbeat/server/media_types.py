"""Content types: which form a body has, and which form the answer should have."""

from __future__ import annotations

from offbeat.errors import name_some
from offbeat.server.refusal import Refusal

BODY_FORMS = {
    "application/json": "json",
    "text/csv": "csv",
    "application/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.arrow.file": "arrow",
    "application/vnd.apache.parquet": "parquet",
}
"""The content types of tables, and the form that each means."""

ANSWER_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
"""The forms of answers, and the content type that each is sent with."""


def body_form(content_type: str, content_encoding: str = "") -> str:
    """The form of a body.

    Args:
        content_type: The header, with its parameters; a body without one is refused, as nothing says what it is.
        content_encoding: The header; packed bodies are refused, as a small one can unfold into a very large one.

    Raises:
        Refusal: 415, the body is of another type, of another character set, or packed.

    Example:
        >>> body_form("text/csv; charset=utf-8")
        'csv'
    """
    if content_encoding.strip().lower() not in ("", "identity"):
        raise Refusal("content-type", f"The body is packed ({content_encoding}); send it as it is.")
    name, _, parameters = content_type.lower().partition(";")
    form = BODY_FORMS.get(name.strip())
    if form is None:
        found = f"has the content type '{name.strip()}'" if name.strip() else "has no content type"
        raise Refusal(
            "content-type",
            f"The body {found}; one of these was expected: {', '.join(BODY_FORMS)}. For example: "
            "curl -H 'Content-Type: text/csv'.",
        )
    _, _, characters = parameters.replace(" ", "").replace('"', "").partition("charset=")
    if characters.split(";")[0] not in ("", "utf-8", "utf8", "us-ascii"):
        raise Refusal("content-type", f"The body's character set is '{characters}'; UTF-8 was expected.")
    return form


def answer_form(accept: str, possible: tuple[str, ...]) -> str:
    """The form that the caller likes best among those that an answer can have; JSON where all are welcome.

    Args:
        accept: The header, empty where there is none.
        possible: The forms that the answer can have.

    Raises:
        Refusal: 406, none of them is accepted.

    Example:
        >>> answer_form("text/csv;q=0.5, application/vnd.apache.arrow.stream", ("json", "csv", "arrow"))
        'arrow'
    """
    wanted = [_with_weight(part) for part in accept.lower().split(",") if part.strip()] or [("*/*", 1.0)]
    for name, weight in sorted(wanted, key=lambda pair: -pair[1]):
        if weight <= 0:
            continue
        if name in ("*/*", "application/*"):
            return "json"
        form = "csv" if name == "text/*" else BODY_FORMS.get(name)
        if form in possible:
            return form
    kinds = ", ".join(ANSWER_TYPES[form].partition(";")[0] for form in possible)
    raise Refusal("accept", f"The answer cannot be {name_some([name for name, _ in wanted])}. It can be: {kinds}.")


def _with_weight(part: str) -> tuple[str, float]:
    """A type of the header Accept and how much it is liked."""
    name, _, parameters = part.partition(";")
    _, found, weight = parameters.replace(" ", "").partition("q=")
    try:
        return name.strip(), float(weight.split(";")[0]) if found else 1.0
    except ValueError:
        return name.strip(), 0.0
