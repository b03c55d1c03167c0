"""The interface of networks that are another one with something around it."""

from __future__ import annotations

from offbeat.networks.autoencoder import AbstractAutoencoder


class AbstractWrapper(AbstractAutoencoder):
    """Passes an example through the network inside, and changes what comes out.

    Attributes:
        network: The one inside, which may be a wrapper itself.
    """

    network: AbstractAutoencoder

    @property
    def draws(self) -> bool:
        """Whether the network inside draws."""
        return self.network.draws

    @property
    def view_count(self) -> int:
        """As many as the network inside has."""
        return self.network.view_count


def innermost(network: AbstractAutoencoder) -> AbstractAutoencoder:
    """The network without all that is around it."""
    while isinstance(network, AbstractWrapper):
        network = network.network
    return network
