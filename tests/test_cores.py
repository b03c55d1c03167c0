"""As many threads as the process may use cores."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from offbeat.cores import cores

_ON_ONE_CORE = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from offbeat import h2o
from offbeat.cores import cores
from offbeat.server.limits import Limits
(node,) = h2o.cluster().nodes
print(cores(), Limits().threads, node["cpus_allowed"], node["num_cpus"])
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a system that ties no process to cores")
def test_a_process_that_is_tied_to_one_core_takes_one() -> None:
    ran = subprocess.run([sys.executable, "-c", _ON_ONE_CORE], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "1", "1", str(os.cpu_count())]


def test_where_the_system_does_not_tell_all_cores_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == os.cpu_count()
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
