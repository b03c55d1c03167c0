"""Networks takes features of one example; gives their reconstruction."""

from offbeat.networks.settings import NetworkSettings

__all__ = ["NetworkSettings"]
