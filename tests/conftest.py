"""What every test runs under: annotations checked at run time, no window system, strict JAX, repeatable examples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# Before anything imports offbeat: modules imported earlier would stay unchecked.
install_import_hook("offbeat", "beartype.beartype")

os.environ["MPLBACKEND"] = "Agg"
# (rows,) - (rows, 1) would silently give a square; in tests it is an error.
os.environ["JAX_NUMPY_RANK_PROMOTION"] = "raise"

settings.register_profile(
    "offbeat",
    # The first example of a test may compile a network.
    deadline=None,
    max_examples=50,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("offbeat")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets that are not part of the project: OFFBEAT_DATA, or beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("OFFBEAT_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"real data is not here: {folder} (set OFFBEAT_DATA to the folder that holds ecg5000.csv)")
    return folder
