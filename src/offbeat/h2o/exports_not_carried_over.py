"""H2O's ways to export a model, which say what to use instead."""

from __future__ import annotations

from typing import Any

from offbeat.h2o.not_carried_over import MODEL_HINTS, not_carried_over


class AbstractExports:
    """The methods of a trained model that H2O has and offbeat has not."""

    def __getattr__(self, name: str) -> Any:
        """What is not carried over says so, and what to do instead."""
        if name in MODEL_HINTS:
            raise not_carried_over("model", name, MODEL_HINTS, "")
        refused = getattr(type(self), name, None)
        if isinstance(refused, property) and refused.fget is not None:
            return refused.fget(self)  # Python has dropped its reason, which it says again
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    def download_mojo(self, *args: Any, **kwargs: Any) -> str:
        """Not carried over: says what to use instead.

        Args:
            *args: Whatever H2O takes.
            **kwargs: The same.
        """
        raise not_carried_over("model", "download_mojo", MODEL_HINTS, "")

    def save_mojo(self, *args: Any, **kwargs: Any) -> str:
        """Not carried over: says what to use instead.

        Args:
            *args: Whatever H2O takes.
            **kwargs: The same.
        """
        raise not_carried_over("model", "save_mojo", MODEL_HINTS, "")

    def download_pojo(self, *args: Any, **kwargs: Any) -> str:
        """Not carried over: says what to use instead.

        Args:
            *args: Whatever H2O takes.
            **kwargs: The same.
        """
        raise not_carried_over("model", "download_pojo", MODEL_HINTS, "")

    def save_model_details(self, *args: Any, **kwargs: Any) -> str:
        """Not carried over: says what to use instead.

        Args:
            *args: Whatever H2O takes.
            **kwargs: The same.
        """
        raise not_carried_over("model", "save_model_details", MODEL_HINTS, "")
