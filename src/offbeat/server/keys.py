"""Keys: who may ask, and what. They come from the environment or a file, and are kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from offbeat.errors import SettingsError
from offbeat.server.refusal import Refusal

KEYS_VARIABLE = "OFFBEAT_SERVER_KEYS"
SHORTEST_KEY = 16

Scope = Literal["read", "admin"]


@dataclass(frozen=True)
class Key:
    """One key, as its hash.

    Attributes:
        scope: "read" asks detectors; "admin" also reloads them and reads the metrics.
        digest: SHA-256 of the key.
    """

    scope: Scope
    digest: bytes

    @property
    def name(self) -> str:
        """What the log calls it: enough to tell keys apart, too little to be one."""
        return self.digest.hex()[:8]


@dataclass(frozen=True)
class Keys:
    """All keys of a service; without any, whoever reaches it may ask everything."""

    keys: tuple[Key, ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.keys)

    def admit(self, authorization: str, scope: Scope) -> str:
        """The name of the key that a request brings, "" where none is needed.

        Every key is compared, each in constant time: how long a refusal takes tells nothing of the keys.

        Args:
            authorization: The header.
            scope: What the request needs.

        Raises:
            Refusal: 401 without a key or with an unknown one; 403 where the key's scope is too small.

        Example:
            >>> parse_keys("read:correct-horse-battery", "the example").admit("Bearer correct-horse-battery", "read")
            '62249369'
        """
        if not self.keys:
            return ""
        kind, _, given = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise Refusal("unauthorized", "A key was expected: curl -H 'Authorization: Bearer KEY'.")
        digest = hashlib.sha256(given.strip().encode(errors="replace")).digest()
        matching = [key for key in self.keys if hmac.compare_digest(key.digest, digest)]
        if not matching:
            raise Refusal("unauthorized", "The key is not one of this service's.")
        if scope == "admin" and all(key.scope != "admin" for key in matching):
            raise Refusal("forbidden", "The key's scope is read; this needs one with the scope admin.")
        return matching[0].name


def find_keys(path: Path | None, environment: Mapping[str, str] = os.environ) -> Keys:
    """The keys in a file, or else in the environment.

    Args:
        path: A file with one key a line, which nobody but its owner may read.
        environment: The variables; the keys in `KEYS_VARIABLE` have blanks or commas between them.

    Raises:
        SettingsError: The file cannot be read, or others may read it, or it holds something else.
    """
    if path is None:
        return parse_keys(environment.get(KEYS_VARIABLE, "").replace(",", "\n").replace(" ", "\n"), KEYS_VARIABLE)
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"{path}: others than its owner may read the keys. Forbid it: chmod 600 {path}")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the keys cannot be read ({error}).") from None
    keys = parse_keys(text, str(path))
    if not keys:
        raise SettingsError(f"{path} holds no key; lines such as read:KEY were expected.")
    return keys


def parse_keys(text: str, source: str) -> Keys:
    """Keys from lines of scope and key; blanks around them, blank lines and those that begin with # say nothing.

    Args:
        text: "read:KEY" or "admin:KEY", one a line.
        source: What errors call it.

    Raises:
        SettingsError: A line is something else, or its key is too short to be safe; the words hold no key.
    """
    keys = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        # A blank behind the colon is no part of the key: what a caller sends is compared without blanks around it.
        scope, key = (part.strip() for part in (*line.split(":", 1), "")[:2])
        if scope not in ("read", "admin") or len(key) < SHORTEST_KEY:
            raise SettingsError(
                f"{source}: key {number} was expected to be read:KEY or admin:KEY, with a KEY of at least "
                f"{SHORTEST_KEY} characters, such as `openssl rand -hex 16` prints."
            )
        keys.append(Key("admin" if scope == "admin" else "read", hashlib.sha256(key.encode()).digest()))
    return Keys(tuple(keys))
