"""Each sentence of SECURITY.md names a test that there is."""

from __future__ import annotations

import re

from pages import CHECKOUT

PAGE = (CHECKOUT / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = PAGE.partition("## A detector file")[2].partition("## What is not promised")[0]


def test_every_sentence_names_a_test_that_there_is() -> None:
    files = (CHECKOUT / "tests").rglob("test_*.py")
    there_are = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}
    bullets = re.split(r"^- ", PROMISES, flags=re.MULTILINE)[1:]

    assert len(bullets) > 10
    assert [bullet for bullet in bullets if "`test_" not in bullet and "](docs/" not in bullet] == []
    assert set(re.findall(r"`(test_\w+)`", PROMISES)) - there_are == set()
