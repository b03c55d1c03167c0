"""What H2O calls the cluster, which is this process: a server of one node, as far as scripts print it."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from typing import Any

from offbeat.cores import cores
from offbeat.h2o import registry
from offbeat.h2o.not_carried_over import not_carried_over
from offbeat.h2o.two_dim_table import H2OTwoDimTable
from offbeat.version import __version__

_BEGAN = time.time()
_DETAILS = ("h2o", "healthy", "num_cpus", "cpus_allowed", "nthreads", "free_mem", "max_mem", "pid", "num_keys")


@dataclass(frozen=True)
class Cluster:
    """This process.

    Attributes:
        version: offbeat's version.
        cloud_name: What errors and tables call it.
        cloud_size: How many machines there are: one.
        cloud_healthy: Always true.
        bad_nodes: None of them is out of order.
        locked: No machine can join.
        consensus: All machines agree.
        is_client: There is no server that it would be a client of.
        node_idx: Which of the nodes answers.
        internal_security_enabled: Nothing goes over a network.
        timezone: In which time zone times are: UTC always, as in the next two.
        cloud_internal_timezone: The same.
        datafile_parser_timezone: The same.
    """

    version: str = __version__
    cloud_name: str = "offbeat"
    cloud_size: int = 1
    cloud_healthy: bool = True
    bad_nodes: int = 0
    locked: bool = True
    consensus: bool = True
    is_client: bool = False
    node_idx: int = 0
    internal_security_enabled: bool = False
    timezone: str = "UTC"
    cloud_internal_timezone: str = "UTC"
    datafile_parser_timezone: str = "UTC"

    @property
    def cloud_uptime_millis(self) -> int:
        """For how long there has been one, in milliseconds."""
        return round(1000 * (time.time() - _BEGAN))

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The one node: processors, bytes of memory (None where the system does not tell), process, names held."""
        process = {"h2o": "in this process", "healthy": True, "pid": os.getpid(), "num_keys": len(registry.keys())}
        processors = {"num_cpus": os.cpu_count() or 1, "cpus_allowed": cores(), "nthreads": cores()}
        memory = {"free_mem": _memory("SC_AVPHYS_PAGES"), "max_mem": _memory("SC_PHYS_PAGES")}
        return [process | processors | memory]

    def node(self, node_idx: int) -> dict[str, Any]:
        """One of `nodes`.

        Args:
            node_idx: Its place, 0.
        """
        return self.nodes[node_idx]

    def is_running(self) -> bool:
        """Always true: there is nothing to start."""
        return True

    def get_status(self) -> H2OTwoDimTable:
        """What `show_status` prints, as a table of one row."""
        node, free = self.nodes[0], self.nodes[0]["free_mem"]
        status = {
            "H2O_cluster_uptime": f"{self.cloud_uptime_millis // 1000} secs",
            "H2O_cluster_timezone": self.cloud_internal_timezone,
            "H2O_data_parsing_timezone": self.datafile_parser_timezone,
            "H2O_cluster_version": f"offbeat {self.version}",
            "H2O_cluster_name": self.cloud_name,
            "H2O_cluster_total_nodes": self.cloud_size,
            "H2O_cluster_free_memory": "" if free is None else f"{free / 2**30:.4g} Gb",
            "H2O_cluster_total_cores": node["num_cpus"],
            "H2O_cluster_allowed_cores": node["cpus_allowed"],
            "H2O_cluster_status": "locked, healthy",
            "H2O_connection_url": "none: no server, no Java",
            "H2O_internal_security": self.internal_security_enabled,
            "Python_version": platform.python_version(),
        }
        return H2OTwoDimTable(col_header=[*status], cell_values=[[*status.values()]])

    def get_status_details(self) -> H2OTwoDimTable:
        """What is known of each node, one row for each."""
        rows = [[f"Node {i + 1}", *(node[name] for name in _DETAILS)] for i, node in enumerate(self.nodes)]
        return H2OTwoDimTable(col_header=["node", *_DETAILS], cell_values=rows)

    def show_status(self, detailed: bool = False) -> None:
        """Prints what there is, a line for each word.

        Args:
            detailed: Whether each node is told of.
        """
        tables = [self.get_status(), *([self.get_status_details()] if detailed else [])]
        print("\n".join(f"{name + ':':28}{table[name][0]}" for table in tables for name in table.col_header))

    def shutdown(self, prompt: bool = False) -> None:
        """Lets go of what only its name keeps; there is no server to stop.

        Args:
            prompt: Without effect; taken because H2O takes it.
        """
        registry.let_go()

    def __getattr__(self, name: str) -> Any:
        """What is not carried over says so."""
        if name.startswith("_"):
            raise AttributeError(f"Cluster has no attribute {name!r}.")
        raise not_carried_over("cluster", name, {}, "there is no server, everything runs in this Python process")


def _memory(pages: str) -> int | None:
    """So many bytes; None where the system does not tell."""
    if not hasattr(os, "sysconf") or pages not in os.sysconf_names:
        return None
    return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
