"""An ONNX graph under construction, with values that can be added and multiplied as arrays are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from jaxtyping import Shaped

OPERATORS: Final = 17
"""The version of the standard operators: that of ONNX 1.12 (2022), which any newer onnxruntime runs."""

LABEL_OPERATORS: Final = 3
"""The version of the operators of ai.onnx.ml that came with them."""

LABELS: Final = "ai.onnx.ml"
"""The domain of the operators that look up words."""

LAST: Final = 2**63 - 1
"""Beyond the end of any axis."""

_IR_VERSION: Final = 8
WORDS: Final = np.dtype(object)
"""The type of values that are text."""


@dataclass(frozen=True)
class _Node:
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    domain: str


@dataclass(frozen=True)
class _Port:
    """An input or output of the whole graph; the names of its axes, a number where the length is fixed."""

    name: str
    dtype: np.dtype
    axes: tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Value:
    """What one node gives, by name. Plain numbers and arrays beside it take its type.

    Attributes:
        graph: To which operations on it are added.
        name: Unlike all others in the graph.
        dtype: Of its elements.
    """

    graph: Graph
    name: str
    dtype: np.dtype

    def __add__(self, other: Operand) -> Value:
        """Element by element, as with arrays."""
        return self.graph.apply("Add", self, other)

    def __sub__(self, other: Operand) -> Value:
        """Element by element."""
        return self.graph.apply("Sub", self, other)

    def __mul__(self, other: Operand) -> Value:
        """Element by element."""
        return self.graph.apply("Mul", self, other)

    def __truediv__(self, other: Operand) -> Value:
        """Element by element."""
        return self.graph.apply("Div", self, other)

    def __matmul__(self, other: Operand) -> Value:
        """The matrix product."""
        return self.graph.apply("MatMul", self, other)

    def above(self, other: Operand) -> Value:
        """Whether each element is larger."""
        return self.graph.apply("Greater", self, other, dtype=bool)

    def below(self, other: Operand) -> Value:
        """Whether each element is smaller."""
        return self.graph.apply("Less", self, other, dtype=bool)

    def up_to(self, other: Operand) -> Value:
        """Whether each element is smaller or equal."""
        return self.graph.apply("LessOrEqual", self, other, dtype=bool)

    def is_nan(self) -> Value:
        """Whether each element is NaN."""
        return self.graph.apply("IsNaN", self, dtype=bool)

    def at_least(self, bound: Operand) -> Value:
        """The larger of the two, element by element."""
        return self.graph.apply("Max", self, bound)

    def at_most(self, bound: Operand) -> Value:
        """The smaller of the two, element by element."""
        return self.graph.apply("Min", self, bound)

    def as_type(self, dtype: type | np.dtype) -> Value:
        """The same values in another type; itself where it has that type."""
        wanted = np.dtype(dtype)
        if wanted == self.dtype:
            return self
        return self.graph.apply("Cast", self, attributes={"to": _element_type(wanted)}, dtype=wanted)

    def sum(self, axis: int) -> Value:
        """The sum along an axis, which is gone afterwards."""
        return self.graph.apply("ReduceSum", self, np.array([axis]), attributes={"keepdims": 0})

    def new_axis(self, axis: int) -> Value:
        """With an axis of length 1 more."""
        return self.graph.apply("Unsqueeze", self, np.array([axis]))

    def columns(self, first: int, after: int) -> Value:
        """Neighbouring places of the second axis, as Python's slices count them; `LAST` goes to the end."""
        return self.graph.apply("Slice", self, np.array([first]), np.array([after]), np.array([1]))

    def take(self, index: Value | int | Shaped[np.ndarray, "..."], axis: int) -> Value:
        """Some places along an axis; a single number takes the axis away."""
        places = index if isinstance(index, Value) else np.asarray(index, np.int64)
        return self.graph.apply("Gather", self, places, attributes={"axis": axis})


Operand = Value | float | np.ndarray


@dataclass(eq=False)
class Graph:
    """Nodes in the order in which they were added. The one mutable thing of the export."""

    _nodes: list[_Node] = field(default_factory=list)
    _constants: dict[str, np.ndarray] = field(default_factory=dict)
    _inputs: list[_Port] = field(default_factory=list)
    _outputs: list[_Port] = field(default_factory=list)
    _made: int = 0

    def input(self, name: str, dtype: type | np.dtype, axes: tuple[str | int, ...]) -> Value:
        """An input of the whole graph."""
        self._inputs.append(_Port(name, np.dtype(dtype), axes))
        return Value(self, name, np.dtype(dtype))

    def output(self, name: str, value: Value, axes: tuple[str | int, ...]) -> None:
        """Make a value an output of the whole graph."""
        self._nodes.append(_Node("Identity", (value.name,), (name,), {}, ""))
        self._outputs.append(_Port(name, value.dtype, axes))

    def constant(self, array: np.ndarray) -> Value:
        """An array that is part of the file."""
        name = self._new_name("constant")
        self._constants[name] = array
        return Value(self, name, array.dtype)

    def apply(
        self,
        operator: str,
        *inputs: Operand,
        attributes: Mapping[str, Any] | None = None,
        dtype: type | np.dtype | None = None,
        domain: str = "",
    ) -> Value:
        """The first (mostly: the only) output of an operator.

        Args:
            operator: Its name in ONNX.
            *inputs: Values; arrays become constants as they are, plain numbers constants of the first value's type.
            attributes: As ONNX names them.
            dtype: Of the output; that of the first input unless given.
            domain: Of the operator, where it is none of the standard ones.
        """
        first = self._as_value(inputs[0], np.dtype(np.float64))
        values = [first, *(self._as_value(other, first.dtype) for other in inputs[1:])]
        made = Value(self, self._new_name(operator), first.dtype if dtype is None else np.dtype(dtype))
        names = tuple(value.name for value in values)
        self._nodes.append(_Node(operator, names, (made.name,), attributes or {}, domain))
        return made

    def top(self, value: Value, count: Value, *, largest: bool) -> tuple[Value, Value]:
        """The largest or smallest along the last axis, sorted, and their places.

        Args:
            value: What to choose from.
            count: How many, int64, of one axis.
            largest: Which end.
        """
        chosen = Value(self, self._new_name("TopK"), value.dtype)
        places = Value(self, self._new_name("TopK"), np.dtype(np.int64))
        self._nodes.append(
            _Node(
                "TopK", (value.name, count.name), (chosen.name, places.name), {"axis": -1, "largest": int(largest)}, ""
            )
        )
        return chosen, places

    def concatenate(self, *values: Value, axis: int) -> Value:
        """Values after one another along an axis; a single one as it is."""
        return values[0] if len(values) == 1 else self.apply("Concat", *values, attributes={"axis": axis})

    def where(self, condition: Value, chosen: Value, other: Operand) -> Value:
        """The one where a truth value is true, the other elsewhere."""
        return self.apply("Where", condition, chosen, self._as_value(other, chosen.dtype), dtype=chosen.dtype)

    @property
    def bytes_of_constants(self) -> int:
        """What the arrays take in the file."""
        return sum(array.nbytes for array in self._constants.values())

    def to_model(self) -> Any:
        """The graph as ONNX's `ModelProto`. Arrays that no node takes are left out: onnxruntime warns of them."""
        from onnx import helper, numpy_helper

        def info(port: _Port) -> Any:
            return helper.make_tensor_value_info(port.name, _element_type(port.dtype), port.axes)

        used = {name for node in self._nodes for name in node.inputs}
        constants = {name: array for name, array in self._constants.items() if name in used}
        graph = helper.make_graph(
            [
                helper.make_node(node.operator, node.inputs, node.outputs, domain=node.domain, **node.attributes)
                for node in self._nodes
            ],
            "offbeat",
            [info(port) for port in self._inputs],
            [info(port) for port in self._outputs],
            [numpy_helper.from_array(np.asarray(array, order="C"), name) for name, array in constants.items()],
        )
        versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(LABELS, LABEL_OPERATORS)]
        return helper.make_model(graph, opset_imports=versions, ir_version=_IR_VERSION, producer_name="offbeat")

    def _as_value(self, operand: Operand, dtype: np.dtype) -> Value:
        if isinstance(operand, Value):
            return operand
        return self.constant(operand if isinstance(operand, np.ndarray) else np.asarray(operand, dtype))

    def _new_name(self, operator: str) -> str:
        self._made += 1
        return f"{operator}_{self._made}"


def _element_type(dtype: np.dtype) -> int:
    from onnx import TensorProto, helper

    return TensorProto.STRING if dtype == WORDS else helper.np_dtype_to_tensor_dtype(dtype)
