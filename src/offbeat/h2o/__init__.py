"""H2O takes scripts written for H2O-3, their imports changed; gives what they expect, without a server."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from offbeat.h2o.modules_not_carried_over import watch_imports
from offbeat.h2o.not_carried_over import MODULE_HINTS, not_carried_over
from offbeat.version import __version__ as __version__

if TYPE_CHECKING:
    from offbeat.h2o.exporting import as_list as as_list
    from offbeat.h2o.exporting import export_file as export_file
    from offbeat.h2o.frame import H2OFrame as H2OFrame
    from offbeat.h2o.importing import import_file as import_file
    from offbeat.h2o.importing import upload_file as upload_file
    from offbeat.h2o.random_frames import create_frame as create_frame
    from offbeat.h2o.registry import get_model as get_model
    from offbeat.h2o.registry import remove as remove
    from offbeat.h2o.registry import remove_all as remove_all
    from offbeat.h2o.saving import download_model as download_model
    from offbeat.h2o.saving import load_model as load_model
    from offbeat.h2o.saving import save_model as save_model
    from offbeat.h2o.saving import upload_model as upload_model
    from offbeat.h2o.session import cluster as cluster
    from offbeat.h2o.session import deep_copy as deep_copy
    from offbeat.h2o.session import get_frame as get_frame
    from offbeat.h2o.session import init as init
    from offbeat.h2o.session import ls as ls
    from offbeat.h2o.session import no_progress as no_progress
    from offbeat.h2o.session import show_progress as show_progress
    from offbeat.h2o.session import shutdown as shutdown

_HOMES = {
    "session": ("init", "cluster", "shutdown", "no_progress", "show_progress", "ls", "get_frame", "deep_copy"),
    "registry": ("remove", "remove_all", "get_model"),
    "importing": ("import_file", "upload_file"),
    "frame": ("H2OFrame",),
    "random_frames": ("create_frame",),
    "exporting": ("export_file", "as_list"),
    "saving": ("save_model", "load_model", "download_model", "upload_model"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "H2OFrame",
    "as_list",
    "cluster",
    "create_frame",
    "deep_copy",
    "download_model",
    "export_file",
    "get_frame",
    "get_model",
    "import_file",
    "init",
    "load_model",
    "ls",
    "no_progress",
    "remove",
    "remove_all",
    "save_model",
    "show_progress",
    "shutdown",
    "upload_file",
    "upload_model",
]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when it is first asked for; others say what to do instead."""
    if name in _HOME:
        value = getattr(importlib.import_module(f"offbeat.h2o.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in ("estimators", "exceptions", "model", "two_dim_table"):
        return importlib.import_module(f"offbeat.h2o.{name}")
    if name.startswith("_"):
        raise AttributeError(f"module 'offbeat.h2o' has no attribute '{name}'")
    raise not_carried_over("h2o", name, MODULE_HINTS, "see dir(offbeat.h2o) for what there is")


def __dir__() -> list[str]:
    """The public names."""
    return sorted(_HOME)


watch_imports()
