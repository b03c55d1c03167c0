"""A package's Python files as syntax trees, and every import in them, wherever it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

Function = ast.FunctionDef | ast.AsyncFunctionDef
When = Literal["module", "function", "types"]


@dataclass(frozen=True)
class Import:
    """One imported name.

    Attributes:
        target: Full dotted name, such as "offbeat.data.table.Table".
        line: Where it stands, from 1.
        when: It runs with the module, when a function is called, or never (under TYPE_CHECKING).
        relative: Whether it is written with leading dots.
    """

    target: str
    line: int
    when: When
    relative: bool = False


@dataclass(frozen=True)
class Module:
    """One file of the package.

    Attributes:
        path: The file.
        root: The package's folder.
    """

    path: Path
    root: Path

    @property
    def place(self) -> tuple[str, ...]:
        """Folders and name below the package, without suffix: ("data", "table")."""
        return self.path.relative_to(self.root).with_suffix("").parts

    @property
    def shown(self) -> str:
        """The path as messages have it."""
        return self.path.relative_to(self.root.parent).as_posix()

    @cached_property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def imports(self) -> list[Import]:
        """Import statements, and dotted names of the package in quotes: those are for `importlib`."""
        return list(_imports(self.tree, "module", self.root.name))


def modules_of(root: Path) -> list[Module]:
    """All Python files of a package, in the order of their paths."""
    return [Module(path, root) for path in sorted(root.rglob("*.py"))]


def lines_of_body(function: Function) -> int:
    """Lines of code of a function: without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _imports(node: ast.AST, when: When, package: str) -> Iterator[Import]:
    match node:
        case ast.Import(names=names, lineno=line):
            yield from (Import(name.name, line, when) for name in names)
        case ast.ImportFrom(module=module, names=names, level=level, lineno=line):
            yield from (Import(f"{module or ''}.{name.name}", line, when, relative=level > 0) for name in names)
        case ast.Constant(value=str(text), lineno=line) if re.fullmatch(rf"{package}(\.\w+)+", text):
            yield Import(text, line, when)
        case ast.If(test=test, body=body, orelse=otherwise) if "TYPE_CHECKING" in ast.unparse(test):
            for child in body:
                yield from _imports(child, "types", package)
            for child in otherwise:
                yield from _imports(child, when, package)
        case _:
            inner: When = "function" if isinstance(node, Function | ast.Lambda) and when == "module" else when
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, inner, package)
