"""What a notebook shows of detections."""

from __future__ import annotations

import re

import numpy as np
import pytest
from small_detectors import fitted, framed, new_readings, readings


def _texts(html: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", html)


def test_the_first_anomalies_are_shown_with_their_reasons() -> None:
    odd = framed(new_readings() + 100 * (np.arange(len(new_readings())) < 12)[:, None])
    found = fitted(framed(readings()), threshold="quantile:0.99").detect(odd)
    html = found._repr_html_()
    assert _texts(html, "p")[0] == repr(found).replace(">", "&gt;")
    assert _texts(html, "th") == ["row", "score", "p-value", "columns that add most"]
    cells = _texts(html, "td")
    assert [int(row) for row in cells[::4]] == found.rows[:10].tolist()
    assert cells[3].startswith(f"{found.top(int(found.rows[0]))[0][0]} (")
    assert f"<p>... and {len(found) - 10} more</p>" in html


def test_nothing_found_is_one_line() -> None:
    found = fitted(framed(readings()), threshold="mean+1000std").detect(framed(new_readings()))
    assert _texts(found._repr_html_(), "p")[0].startswith("Detections(0 of ")
    assert "<table>" not in found._repr_html_()


@pytest.mark.parametrize("name", ["<b>", "a & b"])
def test_names_are_escaped(name: str) -> None:
    rows = framed(readings()).rename({"flow": name})
    html = fitted(rows, threshold="quantile:0.9").detect(rows)._repr_html_()
    assert f"{name} (" not in html
    assert "&lt;b&gt; (" in html or "a &amp; b (" in html
