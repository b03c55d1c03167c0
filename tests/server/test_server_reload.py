"""A replaced file is served from the next look on; one that cannot be read changes nothing but what /readyz says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from server_client import Client, require_refusal, until

import offbeat
from offbeat.errors import DataError, DetectorFileError, SettingsError
from offbeat.server.app import make_app
from offbeat.server.places import Found, look_into_folder, look_into_registry
from offbeat.server.shelf import Shelf
from offbeat.tracking import Registry

SCORE = "/v1/detectors/served/score"
ROW = "[[50, 1500, 55]]"


@pytest.fixture
def served(files: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(files / "beats.offbeat", tmp_path / "served.offbeat"))


def other(files: Path) -> offbeat.Detector:
    return offbeat.load(files / "beats.offbeat").with_threshold(0.5)


def threshold(client: Client) -> float:
    return client.get("/v1/detectors").json()["detectors"][0]["threshold"]["value"]


def test_a_replaced_file_is_served_without_a_restart(served: Path, files: Path) -> None:
    client = Client([served])
    assert client.shelf.refresh() == []
    other(files).save(served)

    assert [(reload.name, reload.problem) for reload in client.shelf.refresh()] == [("served", "")]
    assert threshold(client) == 0.5
    assert client.shelf.refresh() == []


def test_a_corrupted_replacement_keeps_the_old_one_serving(served: Path, files: Path) -> None:
    client = Client([served])
    before = client.post(SCORE, ROW).json()
    whole = served.read_bytes()
    served.write_bytes(whole[: len(whole) // 2])
    (reload,) = client.shelf.refresh()

    assert "served.offbeat" in reload.problem and str(served.parent) not in reload.problem
    assert client.get("/readyz").json() == {"ready": True, "detectors": 1, "not_reloaded": {"served": reload.problem}}
    assert client.post(SCORE, ROW).json() == before
    assert client.shelf.refresh() == [], "the same damage is told once"
    other(files).save(served)
    assert client.shelf.refresh()[0].problem == ""
    assert client.get("/readyz").json()["not_reloaded"] == {}


def test_a_removed_file_is_served_on(served: Path) -> None:
    client = Client([served])
    served.unlink()

    assert "served.offbeat" in client.shelf.refresh()[0].problem
    assert client.post(SCORE, ROW).status_code == 200


def test_the_route_reload_looks_at_once(served: Path, files: Path) -> None:
    client = Client([served])
    other(files).save(served)

    assert client.post("/v1/detectors/served/reload", "").json() == {"name": "served", "problem": ""}
    assert threshold(client) == 0.5


def test_the_route_reload_takes_no_parameters_and_its_detector_is_in_the_log(served: Path) -> None:
    client = Client([served])
    answer = client.post("/v1/detectors/served/reload?foo=1", "")
    client.post("/v1/detectors/served/reload", "")

    require_refusal(answer, 400, "settings", "There is no parameter 'foo'.")
    assert [(event["status"], event["detector"]) for event in client.events] == [(400, ""), (200, "served")]


def test_a_folder_that_is_taken_away_is_a_problem_and_no_fault(served: Path) -> None:
    client = Client(look=look_into_folder(served.parent))
    shutil.rmtree(served.parent)
    reloaded = client.post("/v1/detectors/served/reload", "").json()
    assert reloaded == {"name": "served", "problem": client.shelf.problems["served"]}
    assert reloaded["problem"].startswith("There is no file served.offbeat.")
    assert [event["event"] for event in client.events] == ["not-reloaded", "request"]
    assert client.post(SCORE, ROW).status_code == 200


def test_a_folder_that_cannot_be_looked_at_is_a_problem_and_no_fault(served: Path, files: Path) -> None:
    away: list[OSError] = []

    def look() -> Found:
        if away:
            raise away[0]
        return look_into_folder(served.parent)()

    client = Client(look=look)
    away.append(PermissionError(13, "Permission denied", str(served.parent)))
    answer = client.post("/v1/detectors/served/reload", "")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "name": "served",
            "problem": "The files cannot be looked at (Permission denied). Those that were read before go on being "
            "served.",
        },
    )
    assert client.post(SCORE, ROW).status_code == 200
    away.clear()
    other(files).save(served)
    assert client.post("/v1/detectors/served/reload", "").json() == {"name": "served", "problem": ""}
    assert [event["event"] for event in client.events] == ["request", "request", "reloaded", "request"]


def test_a_request_ends_with_the_detector_it_began_with(served: Path, files: Path, monkeypatch: Any) -> None:
    from offbeat.server.body_table import table_in

    client = Client([served])
    before = client.post(SCORE, ROW).json()["threshold"]

    def replace_then_read(*words: Any) -> Any:
        other(files).save(served)
        assert client.shelf.refresh()[0].problem == ""
        return table_in(*words)

    monkeypatch.setattr("offbeat.server.answering.table_in", replace_then_read)
    assert client.post(SCORE, ROW).json()["threshold"] == before
    monkeypatch.undo()
    assert client.post(SCORE, ROW).json()["threshold"]["value"] == 0.5


def run_while(shelf: Shelf, events: list[dict[str, Any]], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the application, which looks a hundred times a second, until the work is done."""

    def log(event: str, **facts: Any) -> None:
        events.append({"event": event, **facts})

    async def run() -> None:
        app = make_app(shelf, log=log, seconds_between_looks=0.01)
        messages: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        await messages.put({"type": "lifespan.startup"})

        async def send(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await work()
                await messages.put({"type": "lifespan.shutdown"})

        await app({"type": "lifespan", "app": app}, messages.get, send)

    asyncio.run(asyncio.wait_for(run(), 120))


def test_the_service_looks_by_itself(served: Path, files: Path) -> None:
    events: list[dict[str, Any]] = []

    async def replace_twice() -> None:
        other(files).save(served)
        await until(lambda: len(events) == 1)
        served.write_bytes(b"no detector")
        await until(lambda: len(events) == 2)

    run_while(Shelf([served]), events, replace_twice)
    assert events[0] == {"event": "reloaded", "detector": "served"}
    assert events[1]["event"] == "not-reloaded" and "served.offbeat" in events[1]["problem"]


def test_looks_go_on_after_files_could_not_be_looked_at(served: Path, files: Path) -> None:
    events: list[dict[str, Any]] = []
    looks: list[Exception | None] = []
    away = OSError(116, "Stale file handle", "/mnt/detectors")

    def look() -> Found:
        looks.append(failing[0])
        if failing[0] is not None:
            raise failing[0]
        return look_into_folder(served.parent)()

    async def fail_for_a_while() -> None:
        for fault in (away, ValueError("what nobody foresaw")):
            failing[0] = fault
            await until(lambda fault=fault: looks.count(fault) > 3)
        failing[0] = None
        other(files).save(served)
        await until(lambda: any(event["event"] == "reloaded" for event in events))

    failing: list[Exception | None] = [None]
    run_while(Shelf(look=look), events, fail_for_a_while)
    assert [(event["event"], event.get("problem")) for event in events] == [
        ("not-looked", "[Errno 116] Stale file handle: '/mnt/detectors'"),
        ("not-looked", "ValueError"),
        ("reloaded", None),
    ]
    assert events[1]["places"][-1].endswith(" look")


def test_a_name_that_cannot_be_looked_up_hides_no_other(files: Path, tmp_path: Path, monkeypatch: Any) -> None:
    registry = Registry(tmp_path)
    for name in ("fans", "pumps"):
        registry.add(name, files / "pumps.offbeat")
        registry.promote(name)
    shelf = Shelf(look=look_into_registry(tmp_path))
    registry.add("pumps", files / "pumps.offbeat")
    registry.promote("pumps", 2)
    moves, whole = Registry.moves, tmp_path / "registry" / "fans" / "moves"

    def moves_of(self: Registry, name: str) -> int:
        if name == "fans":
            raise PermissionError(13, "Permission denied", str(whole))
        return moves(self, name)

    monkeypatch.setattr(Registry, "moves", moves_of)
    assert [(reload.name, reload.problem) for reload in shelf.refresh()] == [
        ("fans", "[Errno 13] Permission denied: 'fans/moves'"),
        ("pumps", ""),
    ]
    assert shelf.names == ("fans", "pumps")


def test_which_files_are_served(served: Path, files: Path, tmp_path: Path) -> None:
    assert [place.path.name for place in look_into_folder(files)().places.values()] == [
        "beats.offbeat",
        "pumps.offbeat",
    ]
    with pytest.raises(SettingsError, match=r"is no folder with detector files \(\*\.offbeat\)"):
        look_into_folder(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="There is no detector to serve"):
        Shelf([])
    (tmp_path / "more").mkdir()
    with pytest.raises(SettingsError, match=r"would both be called 'served'. Rename one of them"):
        Shelf([served, Path(shutil.copy(served, tmp_path / "more" / "served.offbeat"))])


def test_a_file_that_comes_into_the_folder_is_served(served: Path, files: Path) -> None:
    shelf = Shelf(look=look_into_folder(served.parent))
    assert shelf.names == ("served",) and shelf.refresh() == []
    (served.parent / "half.offbeat").write_bytes(files.joinpath("pumps.offbeat").read_bytes()[:500])
    assert [reload.name for reload in shelf.refresh()] == ["half"] and shelf.names == ("served",)
    assert "half.offbeat" in shelf.problems["half"] and shelf.refresh() == []
    shutil.copy(files / "pumps.offbeat", served.parent / "half.offbeat")
    assert [(reload.name, reload.problem) for reload in shelf.refresh()] == [("half", "")]
    assert shelf.names == ("served", "half") and shelf.problems == {}


def cut(path: Path) -> bytes:
    """Leave half of a file; gives all that was in it."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def test_a_file_that_is_damaged_at_the_start_keeps_no_other_from_being_served(served: Path, files: Path) -> None:
    bad = Path(shutil.copy(files / "pumps.offbeat", served.parent / "bad.offbeat"))
    whole, events = cut(bad), list[dict[str, Any]]()
    shelf = Shelf(look=look_into_folder(served.parent))
    assert shelf.names == ("served",) and list(shelf.problems) == ["bad"]
    problem = shelf.problems["bad"]
    assert problem.startswith("bad.offbeat does not end as a zip does: it was cut short")

    async def mend() -> None:
        bad.write_bytes(whole)
        await until(lambda: len(events) == 2)

    run_while(shelf, events, mend)
    assert events == [
        {"event": "not-reloaded", "detector": "bad", "problem": problem},
        {"event": "reloaded", "detector": "bad"},
    ]
    assert shelf.names == ("served", "bad") and shelf.problems == {}
    cut(bad)
    with pytest.raises(DetectorFileError, match=r"bad\.offbeat does not end as a zip does"):
        Shelf([served, bad])  # who named it wants it


def test_versions_that_are_damaged_at_the_start_keep_no_others_from_being_served(files: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for name in ("cut", "lacking", "other", "whole"):
        registry.add(name, files / "pumps.offbeat")
        registry.promote(name)
    cut(registry.find("cut").path)
    registry.find("lacking").path.unlink()
    shutil.copy(files / "beats.offbeat", registry.find("other").path)
    client = Client(look=look_into_registry(tmp_path))
    assert client.shelf.names == ("whole",)
    ready = client.get("/readyz").json()
    assert ready["detectors"] == 1 and list(ready["not_reloaded"]) == ["cut", "lacking", "other"]
    for name, why in (
        ("cut", "detector.offbeat"),
        ("lacking", "There is no file"),
        ("other", "detector.offbeat is not"),
    ):
        assert ready["not_reloaded"][name].startswith(f"Version 1 of '{name}': {why}")
    assert str(tmp_path) not in str(ready)


def test_where_nothing_can_be_served_all_reasons_are_told(files: Path, tmp_path: Path) -> None:
    for number in range(7):
        cut(Path(shutil.copy(files / "pumps.offbeat", tmp_path / f"p{number}.offbeat")))
    with pytest.raises(DetectorFileError) as caught:
        Shelf(look=look_into_folder(tmp_path))
    told = str(caught.value)
    assert told.startswith("No detector can be served. 'p0': p0.offbeat does not end as a zip does: it was cut short")
    assert "'p4': p4.offbeat does not end" in told and "p5" not in told and told.endswith(" And 2 more.")


def test_stages_of_a_registry_are_served_as_they_change(files: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.add("pumps", files / "pumps.offbeat")
    with pytest.raises(
        SettingsError, match=r"no version of a detector serves a stage. 'offbeat registry promote NAME'"
    ):
        look_into_registry(tmp_path)
    registry.promote("pumps")
    client = Client(look=look_into_registry(tmp_path))
    assert client.get("/v1/detectors").json()["detectors"][0]["version"] == 1

    registry.add("pumps", offbeat.load(files / "pumps.offbeat").with_threshold(0.5).save(tmp_path / "b.offbeat"))
    assert client.shelf.refresh() == []
    registry.promote("pumps", 2, stage="staging")
    assert [reload.name for reload in client.shelf.refresh()] == ["pumps@staging"]
    asked = client.post("/v1/detectors/pumps@staging/score", '[{"flow": 50, "rpm": 1500, "heat": 55, "valve": "open"}]')
    assert asked.json()["threshold"]["value"] == 0.5
    registry.promote("pumps", 2)
    client.shelf.refresh()
    listed = client.get("/v1/detectors").json()["detectors"]
    assert [(one["name"], one["version"]) for one in listed] == [("pumps", 2), ("pumps@staging", 2)]
    registry.rollback("pumps")
    client.shelf.refresh()
    assert client.get("/v1/detectors").json()["detectors"][0]["version"] == 1


def test_a_damaged_registry_keeps_what_it_served(files: Path, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.add("pumps", files / "pumps.offbeat")
    registry.promote("pumps")
    client = Client(look=look_into_registry(tmp_path))
    registry.add("pumps", files / "pumps.offbeat")
    registry.promote("pumps", 2)
    shutil.copy(files / "beats.offbeat", registry.find("pumps").path)
    (reload,) = client.shelf.refresh()
    assert reload.problem.startswith("Version 2 of 'pumps': detector.offbeat is not the file that was registered: ")
    assert str(tmp_path) not in reload.problem
    (tmp_path / "registry" / "pumps" / "moves" / "3.json").write_text("{")
    (reload,) = client.shelf.refresh()
    assert "this is no record of a promotion" in reload.problem and str(tmp_path) not in reload.problem
    assert client.shelf.refresh() == [] and client.get("/v1/detectors").json()["detectors"][0]["version"] == 1
    (tmp_path / "registry" / "pumps" / "moves" / "3.json").unlink()
    registry.rollback("pumps")
    client.shelf.refresh()
    assert client.shelf.problems == {}


def test_a_damaged_version_keeps_no_other_from_being_served(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    registry = Registry(Path("t"))  # a name that is part of many words
    for stage in ("production", "staging"):
        registry.promote("b", registry.add("b", files / "beats.offbeat").number, stage=stage)
    registry.add("b", files / "beats.offbeat")
    for number in (2, 3):
        Path(f"t/registry/b/versions/{number}/version.json").write_text("{")
    look = look_into_registry(Path("t"))
    found = look()
    assert {name: place.number for name, place in found.places.items()} == {"b": 1}
    assert list(found.problems) == ["b@staging"]
    assert found.problems["b@staging"].startswith("b/versions/2/version.json: this is no record of a version of 'b' (")
    assert list(look().problems) == ["b@staging"]

    shutil.rmtree("t/registry/b/versions/2")
    assert look().problems == {"b@staging": "the registry: 'b' has no version 2; it has 1, 3."}
    shelf = Shelf(look=look)
    Path("t/registry/b/versions/1/detector.offbeat").unlink()
    shelf.refresh()
    assert shelf.problems["b"].startswith("Version 1 of 'b': There is no file detector.offbeat.")


def test_a_registry_without_folder_or_records_says_so(files: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"There is no folder .*notthere; one with a registry was expected"):
        look_into_registry(tmp_path / "notthere")
    registry = Registry(tmp_path)
    registry.promote("b", registry.add("b", files / "beats.offbeat").number)
    (tmp_path / "registry/b/versions/1/version.json").write_text("{")
    with pytest.raises(DataError, match=r"b/versions/1/version\.json: this is no record of a version of 'b'"):
        look_into_registry(tmp_path)
