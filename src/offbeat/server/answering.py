"""One request about rows: from its headers and body to the bytes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from offbeat.data.polars_faults import told_as_data_errors
from offbeat.data.table import Table
from offbeat.errors import SettingsError
from offbeat.server.body_size import require_columns, require_narrow_lines, require_rows
from offbeat.server.body_table import table_in
from offbeat.server.media_types import ANSWER_TYPES, answer_form, body_form
from offbeat.server.query import READING, query_words, reading_words
from offbeat.server.replies import RECORD_FORMS, TABLE_FORMS, json_bytes, table_bytes
from offbeat.server.request_body import read_body
from offbeat.server.service import Service, Visit, visit_of
from offbeat.server.shared_call import LARGEST_BODY, SmallRequest, answer_together
from offbeat.server.shelf import Served
from offbeat.server.verbs import Answer, Verb, Words

Parse = Callable[[bytes, str, Served, Words], Table]


async def answer_verb(service: Service, request: Request, name: str, verb: Verb) -> Response:
    """What a verb finds in the rows of a request.

    Args:
        service: The service.
        request: Its body holds the rows.
        name: Of the detector.
        verb: What is asked.

    Raises:
        Refusal: The request is not one that can be answered.
        OffbeatError: Its rows are not.
    """
    form = answer_form(request.headers.get("accept", ""), RECORD_FORMS if verb.only_record else TABLE_FORMS)
    words = query_words(request.query_params.multi_items(), (*verb.parameters, *READING))
    served = service.shelf.get(name)
    content = await work_on(service, request, served, words, parse=partial(parse_rows, service), verb=verb, form=form)
    return Response(content, media_type=ANSWER_TYPES[form])


def parse_rows(service: Service, body: bytes, form: str, served: Served, words: Words) -> Table:
    """The table in a body, CSV laid out as the training table was unless the request says otherwise.

    Raises:
        Refusal: 413, its lines would become too large a table.
        SettingsError: The request says so of another form, where it would have no effect.
    """
    reading: dict[str, Any] = {}
    if form != "csv" and (unused := [name for name in READING if name in words]):
        raise SettingsError(
            f"{unused[0]}={words[unused[0]][:100]} says how a CSV body is laid out, and this body is {form}. "
            "Leave it out, and send missing cells as null."
        )
    if form == "csv":
        settings = served.detector.settings.with_changes(**reading_words(words))
        reading = settings.model_dump(include=set(READING)) | {"columns": served.detector.schema.own_names}
        reading["check"] = partial(require_narrow_lines, body, served.width)
    return table_in(body, form, service.limits.rows, reading)


async def work_on(
    service: Service,
    request: Request,
    served: Served,
    words: Words,
    *,
    parse: Parse,
    verb: Verb,
    form: str = "json",
    record: Callable[[Answer], object] = lambda answer: answer.record,
) -> bytes:
    """Read the body, and have one of the threads do the rest.

    Args:
        service: The service.
        request: Of whose body nothing was read.
        served: The detector that is asked; it stays the same to the end, whatever happens to its file.
        words: The parameters behind the question mark.
        parse: From body and form to the table.
        verb: What is asked.
        form: Of the answer.
        record: What JSON says of the answer.
    """
    visit = visit_of(request)
    visit.detector = served.name
    body_type = body_form(request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    body = await read_body(request, service.limits.body_bytes)

    def read() -> Table:
        with told_as_data_errors():
            table = parse(body, body_type, served, words)
        require_rows(table.height, service.limits.rows)
        require_columns(table.width, served.width)
        visit.rows = table.height
        return table

    def told(answer: Answer) -> bytes:
        _count(service, visit, served, answer)
        if form == "json" or answer.frame is None:
            return json_bytes(record(answer))
        return table_bytes(answer.frame(), form)

    def work() -> bytes:
        with told_as_data_errors():
            answer = verb.ask(served.detector, read(), words)
        return told(answer)

    if (tell := verb.tell) and body_type == "json" and len(body) <= LARGEST_BODY:
        small = SmallRequest(read, lambda found: told(tell(found)))
        return await service.workers.run_together(served, small, partial(answer_together, served.detector))
    return await service.workers.run(work)


def _count(service: Service, visit: Visit, served: Served, answer: Answer) -> None:
    found = answer.found
    service.metrics.scored(visit.detector, found.scores, len(found), served.detector.threshold.value)
    service.drift.note(served, found)
