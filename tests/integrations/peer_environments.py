"""Environments in which real MLflow and real Azure components run: `script/setup-peers` makes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def python_of(peer: str) -> Path:
    """The Python of the environment `.venv-PEER` in the checkout, or `venv-PEER` beside it; else a skip."""
    checkout = Path(__file__).resolve().parents[2]
    folders = [checkout / f".venv-{peer}", checkout.parent / f"venv-{peer}"]
    for folder in folders:
        if (python := folder / "bin" / "python").exists():
            return python
    pytest.skip(f"there is no environment with {peer}: script/setup-peers {peer} makes one in .venv-{peer}")


def without_checks() -> dict[str, str]:
    """The environment's variables as a user has them: the tests' own strictness does not hold in other processes."""
    return {name: value for name, value in os.environ.items() if name != "JAX_NUMPY_RANK_PROMOTION"}
