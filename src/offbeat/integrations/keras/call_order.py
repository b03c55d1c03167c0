"""In which order a class calls its dense layers, by what a file tells of it.

The order itself is Python code. A file tells the shapes, and each layer takes what the one before gives; layers within
a `Sequential` model or within a list follow one another; an encoder comes before a decoder. The numbers in Keras's
names (dense_1, dense_2) tell in which order layers were made, not in which they are called, and are not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice, pairwise
from typing import Final, NamedTuple

from offbeat.errors import DetectorFileError, name_some

MOST_RUNS: Final = 64
MOST_ORDERS: Final = 100

_OF_THE_ENCODER = re.compile(r"(?:^|[^a-z])enc|Enc")
_OF_THE_DECODER = re.compile(r"(?:^|[^a-z])dec|Dec")
_A_WAY_OUT: Final = (
    "Save them with Keras as a model that has an order: keras.Sequential([keras.Input((width,)), model.first, "
    "model.second, ...]).save(...), in the order of the calls."
)
_IN_A_LIST = re.compile(r"dense(_\d+)?")


class Run(NamedTuple):
    """Dense layers of which the order is known.

    Attributes:
        places: Where they are, such as "encoder/layers/dense", in their order.
        inputs: How many numbers the first one takes.
        outputs: How many numbers the last one gives.
        half: 0 where names tell that they are of the encoder, 2 of the decoder, otherwise 1.
    """

    places: tuple[str, ...]
    inputs: int
    outputs: int
    half: int


def in_call_order(
    shapes: Mapping[str, tuple[int, int]], names: Mapping[str, str], width: int | None, where: str
) -> list[str]:
    """The places of dense layers in the one order that fits.

    Args:
        shapes: Inputs and outputs of each layer, by its place.
        names: What Keras calls layers and models, by place; empty where the file does not tell.
        width: How many numbers an example has, where that is known.
        where: What errors call the file.

    Raises:
        DetectorFileError: The layers fit one another in no order, or in several between which nothing decides.
    """
    labels = [label_of(place, names) for place in shapes]
    order = order_of(_runs(shapes, names), list(shapes.values()), labels, width, where)
    return [place for run in order for place in run.places]


def order_of(
    runs: Sequence[Run], sizes: Sequence[tuple[int, ...]], labels: Sequence[str], width: int | None, where: str
) -> tuple[Run, ...]:
    """Runs of dense layers in the one order that fits.

    Args:
        runs: All of them.
        sizes: Inputs and outputs of each of their layers, for errors.
        labels: What errors call what is to be put in order.
        width: How many numbers an example has, where that is known.
        where: What errors call the file.

    Raises:
        DetectorFileError: They fit one another in no order, or in several between which nothing decides.
    """
    if len(runs) > MOST_RUNS:
        raise DetectorFileError(
            f"{where}: the file does not tell in which order the class calls its {len(runs)} dense layers; at most "
            f"{MOST_RUNS} are put in order by their shapes. {_A_WAY_OUT}"
        )
    found = list(islice(_orders_of(runs, width), MOST_ORDERS))
    if not found:
        shown_sizes = ", ".join(f"{inputs} to {outputs}" for inputs, outputs in sizes[:5])
        raise DetectorFileError(
            f"{where}: {len(sizes)} dense layers were found, in no order in which each takes what the one before "
            f"gives and the output is as wide as the input ({shown_sizes}{', ...' if len(sizes) > 5 else ''}). Only "
            "layers that follow one another in one line can be read."
        )
    if 1 < len(found) < MOST_ORDERS:  # of more than were looked at, none is known to be the only one
        found = [order for order in found if _is_encoder_first(order)] or found
    if len(found) > 1:
        raise DetectorFileError(
            f"{where}: the dense layers {name_some([label[:60] for label in labels])} fit one another in more than one "
            f"order. In which one the class calls them is Python code, which the file does not hold. {_A_WAY_OUT}"
        )
    return found[0]


def label_of(place: str, names: Mapping[str, str]) -> str:
    """What a user knows a layer or a model by: the attribute that it is, or else Keras's name of it.

    Example:
        >>> label_of("encoder", {"encoder": "sequential"}), label_of("layers/dense_1", {"layers/dense_1": "code"})
        ('encoder', 'code')
    """
    # Keras keeps a layer under "layers/dense_2" where "layers" comes before the name of the class's attribute.
    return names.get(place, place.removeprefix("layers/")) if place.startswith("layers/") else place


def half_of(name: str) -> int:
    """Which half of an autoencoder a name tells of: 0 the encoder, 2 the decoder, 1 neither.

    Example:
        >>> [half_of(name) for name in ("my_encoder", "decoder/layers/dense", "frequency")]
        [0, 2, 1]
    """
    return 0 if _OF_THE_ENCODER.search(name) else 2 if _OF_THE_DECODER.search(name) else 1


def natural(place: str) -> list[tuple[int, str]]:
    """For sorting: dense_2 before dense_10."""
    return [(int(part or 0), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", place)]


def _runs(shapes: Mapping[str, tuple[int, int]], names: Mapping[str, str]) -> list[Run]:
    in_order = sorted(shapes, key=natural)
    groups = [tuple(group) for _, group in groupby(in_order, lambda place: _group(place, in_order, names))]
    runs = []
    for group in groups:
        follow = all(shapes[left][1] == shapes[right][0] for left, right in pairwise(group))
        for places in [group] if follow else [(place,) for place in group]:
            owner = _owner(places[0])  # the class itself, whose name is no half's, is ""
            half = half_of(f"{places[0]} {names.get(owner, '') if owner else ''} {names.get(places[0], '')}")
            runs.append(Run(places, shapes[places[0]][0], shapes[places[-1]][1], half))
    return runs


def _group(place: str, places: Sequence[str], names: Mapping[str, str]) -> str:
    """What a layer shares with those that it is in line with."""
    inside, _, own = place.rpartition("/")
    owner = _owner(place)
    is_of_a_model = inside == f"{owner}/layers" and owner != ""
    # A class's own layers are a list as well, in the order in which they were made; and a list has no name.
    is_in_a_list = inside not in ("", "layers") and bool(names) and inside not in names and _IN_A_LIST.fullmatch(own)
    beside = [other for other in places if other.startswith(f"{owner}/")]
    is_alone = all(other.rpartition("/")[0] == inside for other in beside)
    return inside if is_alone and (is_of_a_model or is_in_a_list) else place


def _owner(place: str) -> str:
    """The model or the list that a layer is a part of."""
    return place.rpartition("/")[0].removesuffix("layers").removesuffix("/")


def _orders_of(runs: Sequence[Run], width: int | None) -> Iterator[tuple[Run, ...]]:
    """The ways from some width through all runs and back to it."""
    if Counter(run.inputs for run in runs) != Counter(run.outputs for run in runs):
        return
    for start in sorted({run.inputs for run in runs}):
        if width in (None, start) and _leads_through(start, runs):
            yield from _orders(start, tuple(runs))


def _orders(width: int, runs: tuple[Run, ...]) -> Iterator[tuple[Run, ...]]:
    """The ways from a width through all runs. As in Fleury's algorithm no step cuts off what is left: none fails."""
    if not runs:
        yield ()
    for place, run in enumerate(runs):
        rest = runs[:place] + runs[place + 1 :]
        if run.inputs == width and _leads_through(run.outputs, rest):
            yield from ((run, *after) for after in _orders(run.outputs, rest))


def _leads_through(width: int, runs: Sequence[Run]) -> bool:
    """Whether every run can be reached from a width."""
    reached, waiting = {width}, list(runs)
    while found := {run.outputs for run in waiting if run.inputs in reached}:
        waiting = [run for run in waiting if run.inputs not in reached]
        reached |= found
    return not waiting


def _is_encoder_first(order: Sequence[Run]) -> bool:
    halves = [run.half for run in order]
    return 0 not in halves[halves.index(2) :] if 2 in halves else True
