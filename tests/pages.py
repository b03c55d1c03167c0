"""The project's pages of Markdown: their code blocks and links, and local copies for examples that read the web."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from offbeat.data.known import KNOWN

CHECKOUT = Path(__file__).resolve().parents[1]
DOCS = CHECKOUT / "docs"
README = CHECKOUT / "README.md"
PAGES = [
    *(CHECKOUT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted(DOCS.rglob("*.md")),
]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    Attributes:
        language: The word behind the opening fence; "" where there is none.
        text: What stands between the fences.
        line: Where its first line stands on the page, from 1.
        note: The HTML comment right above the block, if there is one.
    """

    language: str
    text: str
    line: int
    note: str


def blocks_of(page: Path, language: str) -> list[Block]:
    """The blocks of a language, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        above = text[: match.start()].rstrip()
        note = re.search(r"<!--((?:(?!-->).)*)-->\Z", above, re.DOTALL)
        line = text.count("\n", 0, match.start(2)) + 1
        found.append(Block(match[1], match[2], line, " ".join(note[1].split()) if note else ""))
    return [block for block in found if block.language == language]


def links_of(page: Path) -> list[str]:
    """The targets of links and pictures outside of code."""
    return _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors_of(page: Path) -> set[str]:
    """What a link may have behind its #: the headings as GitHub makes anchors of them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lines_of_shell(block: Block) -> Iterator[str]:
    """The commands of a block, without comments and blank lines."""
    for line in block.text.splitlines():
        if command := line.partition(" #")[0].strip():
            yield command


def names_the_web(text: str) -> bool:
    """Whether a piece of code reads one of the public files."""
    return any(file.url in text for known in KNOWN.values() for file in (known.train, known.test) if file)


def with_local_copies(text: str, folder: Path) -> str:
    """The text with the URLs of public files replaced by the paths of their local copies."""
    for known in KNOWN.values():
        for file in (known.train, known.test):
            text = text if file is None else text.replace(file.url, str(folder / file.name))
    return text
