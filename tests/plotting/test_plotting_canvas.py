"""Figures as files and in notebooks, without pyplot and without cost before they are used."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import weakref

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image
from plotting_figures import misplaced_words

import offbeat.plotting
from offbeat.plotting import draw_history, png_of
from offbeat.plotting.canvas import WIDTH, Margins, add_panels, new_figure

LOSSES = np.array([0.9, 0.5, 0.4])


def pixels_of(figure: Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png_of(figure))).convert("RGB"))


def test_png_has_the_figures_size_white_ground_and_colours() -> None:
    figure = draw_history(LOSSES)
    pixels = pixels_of(figure)
    height, width, _ = pixels.shape
    assert (width, height) == (round(WIDTH * 160), round(3.6 * 160))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    nearest_to_blue = np.abs(pixels.astype(np.int64) - [0x00, 0x72, 0xB2]).sum(axis=2).min()
    assert nearest_to_blue < 12


def test_png_leaves_the_figure_as_it_was() -> None:
    figure = Figure()
    canvas = figure.canvas
    first, second = png_of(figure), png_of(figure)
    assert first == second
    assert figure.canvas is canvas


def test_a_users_dark_style_changes_nothing() -> None:
    plain = pixels_of(draw_history(LOSSES))
    with matplotlib.rc_context({"savefig.bbox": "tight", "axes.facecolor": "black", "figure.facecolor": "black"}):
        np.testing.assert_array_equal(pixels_of(draw_history(LOSSES)), plain)


def test_panels_share_the_height() -> None:
    figure = new_figure("three", height=4.0)
    panels = add_panels(figure, 3, gap=0.25, margins=Margins(left=1.0, right=1.0, top=0.5, bottom=0.5))
    boxes = [panel.get_position() for panel in panels]
    np.testing.assert_allclose([box.height * 4.0 for box in boxes], 2.5 / 3)
    np.testing.assert_allclose([box.width * WIDTH for box in boxes], WIDTH - 2)
    np.testing.assert_allclose(boxes[0].y0 - boxes[1].y1, 0.25 / 4.0)
    assert boxes[0].y1 * 4.0 == pytest.approx(3.5)


def test_the_check_for_misplaced_words_finds_them() -> None:
    figure = new_figure("one")
    figure.text(0.5, 0.5, "over")
    figure.text(0.51, 0.5, "under")
    figure.text(0.99, 0.2, "beyond the edge")
    assert misplaced_words(figure) == ["beyond the edge", "over / under"]


def test_a_notebook_shows_the_picture_once_with_and_without_the_magic() -> None:
    draw = "import numpy as np\nfrom offbeat.plotting import draw_history\ndraw_history(np.array([0.9, 0.5]))"
    cells = [nbformat.v4.new_code_cell(source) for source in (draw, f"%matplotlib inline\n{draw}")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    for cell in notebook.cells:
        shown = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(shown) == 1
        assert shown[0].data["image/png"].startswith("iVBORw0KGgo")
    assert notebook.cells[0].outputs[0].metadata["image/png"] == {"width": 680, "height": 360}


def test_importing_the_package_costs_no_matplotlib() -> None:
    code = "import sys, offbeat.plotting; print('matplotlib' in sys.modules, dir(offbeat.plotting.draw_history)[:0])"
    after = "print('matplotlib.figure' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", f"{code}; {after}"], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "[]", "True", "False"]


def test_every_public_name_is_there_and_others_are_not() -> None:
    for name in offbeat.plotting.__all__:
        assert getattr(offbeat.plotting, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'draw_nothing'"):
        _ = offbeat.plotting.draw_nothing


def test_figures_are_freed() -> None:
    figure = draw_history(LOSSES)
    png_of(figure)
    kept = weakref.ref(figure)
    del figure
    gc.collect()
    assert kept() is None
