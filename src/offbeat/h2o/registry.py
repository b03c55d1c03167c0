"""The frames and models of this process by their names, as H2O's server would list them.

What the user named is kept until it is removed. All other references are weak: what a script no longer holds is gone,
and needs not be removed to free memory.
"""

from __future__ import annotations

import re
from itertools import chain, count
from pathlib import PurePath
from typing import Any
from weakref import WeakValueDictionary

from offbeat.errors import DataError, name_some

_KEPT: WeakValueDictionary[str, Any] = WeakValueDictionary()
_NAMED: dict[str, Any] = {}
_NUMBERS = count(1)


def register(key: str, kept: object, is_named: bool = False) -> None:
    """Makes a frame or model known by a name; a second one of that name takes it over.

    Args:
        key: The name.
        kept: The frame's cells or the model.
        is_named: Whether the user chose the name, so that it is kept where no variable holds it.
    """
    unregister(key)
    _KEPT[key] = kept
    if is_named:
        _NAMED[key] = kept


def hand_over(key: str, holder: object, heir: object) -> None:
    """Makes another one known by a name, kept as it was kept; nothing where the name is not the holder's any more.

    Args:
        key: The name.
        holder: What had the name.
        heir: What gets it.
    """
    if _KEPT.get(key) is holder:
        register(key, heir, is_named=key in _NAMED)


def unregister(key: str) -> None:
    """Forgets a name; an unknown one is no error.

    Args:
        key: The name.
    """
    _NAMED.pop(key, None)
    _KEPT.pop(key, None)


def is_held(key: str) -> bool:
    """Whether something is known by a name.

    Args:
        key: The name.
    """
    return key in _KEPT


def let_go() -> None:
    """Keeps nothing any more that no variable holds."""
    _NAMED.clear()


def new_key(kind: str = "py") -> str:
    """A name that was not given before.

    Args:
        kind: What the name starts with.
    """
    return f"{kind}_{next(_NUMBERS)}_offbeat"


def key_of_file(name: str) -> str:
    """What H2O calls the frame of a file.

    Args:
        name: The file's path or URL.

    Example:
        >>> key_of_file("data/ecg-train.csv")
        'ecg_train.hex'
    """
    file = PurePath(name.rstrip("/")).name
    stem = re.sub(r"(\.(csv|tsv|txt|dat|data|parquet|arrow|npy|npz))?(\.gz)?$", "", file, flags=re.IGNORECASE)
    return re.sub(r"\W", "_", stem) + ".hex"


def free_key(key: str) -> str:
    """The name itself, or with the first number that makes it free, as H2O numbers it: data.hex, data1.hex, ...

    Args:
        key: A name that ends in `.hex`.
    """
    stem = key.removesuffix(".hex")
    return next(name for name in chain([key], (f"{stem}{number}.hex" for number in count(1))) if name not in _KEPT)


def keys() -> list[str]:
    """The names of what is still held, in alphabetical order."""
    return sorted(_KEPT.keys())


def found(key: str) -> Any:
    """The frame's cells or the model of a name; None where nothing is held under it.

    Args:
        key: The name.
    """
    return _KEPT.get(key)


def registered(key: str) -> Any:
    """The frame's cells or the model of a name.

    Args:
        key: The name.

    Raises:
        DataError: Nothing is held under that name; says what is.
    """
    kept = found(key)
    if kept is None:
        there = f"There are {name_some(keys())}." if _KEPT else "There are none."
        raise DataError(
            f"No frame or model is named '{key}'. {there} What was given no name, and no variable holds, is gone."
        )
    return kept


def remove(x: Any, cascade: bool = True) -> None:
    """Forgets the names of frames or models; variables that hold them go on working.

    Args:
        x: A frame, a model, a name, or a list of those.
        cascade: Without effect, there is nothing below a frame; taken because H2O takes it.

    Raises:
        DataError: Something else was given, such as None.
    """
    for key in [_key_of(each) for each in (x if isinstance(x, list | tuple) else [x])]:
        unregister(key)


def remove_all(retained: list[Any] | None = None) -> None:
    """Forgets all names.

    Args:
        retained: Frames, models or names to keep.
    """
    kept = {_key_of(each) for each in retained or []}
    for key in set(keys()) - kept:
        unregister(key)


def get_model(model_id: str) -> Any:
    """The model of a name.

    Args:
        model_id: The name.

    Raises:
        DataError: Nothing is held under that name, or a frame.
    """
    model = registered(model_id)
    if not hasattr(model, "model_id"):
        raise DataError(f"'{model_id}' is the name of a frame; the name of a model was expected.")
    return model


def _key_of(kept: Any) -> str:
    key = kept if isinstance(kept, str) else getattr(kept, "key", None)
    if not isinstance(key, str):
        raise DataError(f"Names, frames and models are removed or kept; {kept!r} was given.")
    return key
