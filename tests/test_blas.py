"""One core for each matrix product, and all of them again afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from offbeat.blas import one_blas_thread


def _threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_the_limit_ends_with_the_last_block_whichever_ends_first() -> None:
    if not _threads():
        pytest.skip("NumPy's matrix products here are of a library whose threads cannot be counted")
    first, second = one_blas_thread(), one_blas_thread()
    with threadpool_limits(3, user_api="blas"):
        first.__enter__()
        assert _threads() == {1}
        second.__enter__()
        first.__exit__(None, None, None)
        assert _threads() == {1}
        second.__exit__(None, None, None)
        assert _threads() == {3}


def test_the_limit_ends_with_an_error() -> None:
    if not _threads():
        pytest.skip("NumPy's matrix products here are of a library whose threads cannot be counted")
    with threadpool_limits(2, user_api="blas"):
        with pytest.raises(KeyError), one_blas_thread():
            raise KeyError
        assert _threads() == {2}
