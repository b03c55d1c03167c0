"""Keys: where they come from, what each may do, and that nothing tells what they are."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from server_client import Client, refusal

from offbeat.errors import SettingsError
from offbeat.server.keys import Keys, find_keys, parse_keys
from offbeat.server.listening import require_safe_host

READ, ADMIN = "r" * 20, "a" * 20
BODY = "[[1, 2, 3]]"


@pytest.fixture(scope="module")
def guarded(files: Path) -> Client:
    return Client([files / "beats.offbeat"], parse_keys(f"# callers\nread:{READ}\n\nadmin:{ADMIN}\n", "keys.txt"))


def _with(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    "address", ["/v1/detectors", "/v1/detectors/beats", "/v1/detectors/beats/score", "/metrics", "/nowhere", "/score"]
)
def test_without_a_key_nothing_is_told(guarded: Client, address: str) -> None:
    answer = guarded.get(address)

    assert refusal(answer) == (401, "unauthorized", "A key was expected: curl -H 'Authorization: Bearer KEY'.")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert refusal(guarded.get(address, **_with("x" * 20)))[2] == "The key is not one of this service's."


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/openapi.json"])
def test_health_needs_no_key(guarded: Client, address: str) -> None:
    assert guarded.get(address).status_code == 200


def test_a_read_key_asks_and_an_admin_key_does_the_rest(guarded: Client) -> None:
    assert guarded.post("/v1/detectors/beats/score", BODY, **_with(READ)).status_code == 200
    assert guarded.post("/v1/detectors/beats/score", BODY, **_with(ADMIN)).status_code == 200
    for method, address in (("GET", "/metrics"), ("POST", "/v1/detectors/beats/reload")):
        assert refusal(guarded.ask(method, address, headers=_with(READ)))[:2] == (403, "forbidden")
        assert guarded.ask(method, address, headers=_with(ADMIN)).status_code == 200


@pytest.mark.parametrize("lines", ["read:{0}\nadmin:{0}", "admin:{0}\nread:{0}"])
def test_a_key_that_is_listed_twice_may_do_what_either_line_says(lines: str) -> None:
    keys = parse_keys(lines.format(ADMIN), "keys.txt")
    assert keys.admit(f"Bearer {ADMIN}", "admin") == keys.admit(f"Bearer {ADMIN}", "read") == keys.keys[0].name


def test_every_key_is_compared_in_constant_time(monkeypatch: Any) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return hmac_compare(one, other)

    hmac_compare = hmac.compare_digest
    monkeypatch.setattr("offbeat.server.keys.hmac.compare_digest", compare)
    keys = parse_keys(f"read:{READ}\nadmin:{ADMIN}", "keys.txt")
    assert len(keys.admit(f"Bearer {READ}", "read")) == 8
    assert len(compared) == 2
    assert all(len(one) == len(other) == 32 for one, other in compared)


def test_keys_are_kept_and_logged_as_hashes(guarded: Client) -> None:
    guarded.post("/v1/detectors/beats/score", BODY, **_with(READ))

    assert READ not in repr(guarded.keys)
    assert READ not in json.dumps(guarded.events)
    assert guarded.events[-1]["key"] == guarded.keys.keys[0].name


def test_keys_come_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(f"admin:{ADMIN}\n")
    file.chmod(0o600)

    from_file = find_keys(file)
    assert [key.scope for key in from_file.keys] == ["admin"]
    both = find_keys(None, {"OFFBEAT_SERVER_KEYS": f"read:{READ}, admin:{ADMIN}"})
    assert [key.scope for key in both.keys] == ["read", "admin"]
    assert find_keys(None, {}) == Keys()
    file.chmod(0o644)
    with pytest.raises(SettingsError, match=r"others than its owner may read the keys. Forbid it: chmod 600"):
        find_keys(file)
    with pytest.raises(SettingsError, match="the keys cannot be read"):
        find_keys(tmp_path / "none.txt")


def test_blanks_around_a_key_are_no_part_of_it() -> None:
    keys = parse_keys(f"read: {READ}\n admin :\t{ADMIN} \n", "keys.txt")
    assert keys == parse_keys(f"read:{READ}\nadmin:{ADMIN}", "keys.txt")
    assert keys.admit(f"Bearer {READ}", "read") and keys.admit(f"Bearer  {ADMIN}", "admin")


@pytest.mark.parametrize("line", [f"read: {'x' * 15} ", f"write:{READ}", "read:short", READ])
def test_a_wrong_line_is_told_by_its_number_and_not_by_its_words(line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_keys(f"read:{ADMIN}\n{line}", "keys.txt")
    assert str(caught.value).startswith("keys.txt: key 2 was expected to be read:KEY or admin:KEY")
    assert line not in str(caught.value)


def test_without_keys_only_this_machine_is_served(files: Path) -> None:
    service = Client([files / "beats.offbeat"])
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example"):
        assert refusal(service.get("/v1/detectors", host=host))[:2] == (403, "forbidden")
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert service.get("/v1/detectors", host=host).status_code == 200
    require_safe_host("::1", with_keys=False)
    require_safe_host("0.0.0.0", with_keys=True)
    with pytest.raises(SettingsError, match=r"--host 0.0.0.0 can be reached from elsewhere, and no key is set."):
        require_safe_host("0.0.0.0", with_keys=False)
