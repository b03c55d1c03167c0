"""Preprocessing takes a `Table`; gives features for a network, and turns them back into columns."""
