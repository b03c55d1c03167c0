"""The order of the house: which part may import which, and how large a file or function may grow.

Each rule is a function from the package's modules to the sentences that say where it is broken, and each is shown a
house that breaks it.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from source_tree import Import, Module, lines_of_body, modules_of

HOUSE = Path(__file__).resolve().parents[1] / "src" / "offbeat"

ORDER = (
    *("errors", "axes", "version", "files", "randomness", "compilation", "programs", "alignment", "blas", "cores"),
    *("shortening", "plain_words", "wrong_values"),
    *("data", "preprocessing"),
    *("networks", "training", "scoring", "thresholds", "evaluation", "explanation"),
    *("persistence", "plotting"),
    "detector",
    *("distributed", "tracking", "drift", "integrations"),
    *("sklearn", "pyod", "h2o", "server", "cli"),
)
"""The parts, from left to right; each may import those on its left. `distributed` and `pyod` are planned, not built."""

FACES = {"sklearn", "pyod", "h2o", "server", "cli"}
FACES_THAT_MAY_MEET = {("cli", "server")}
DOORS = {("__init__",), ("__main__",)}
"""The package's own two files stand outside of the order: they open it."""

HEAVY = {"sklearn": {"sklearn"}, "matplotlib": {"plotting"}, "scipy.stats": set(), "pandas": set(), "rich": set()}
"""Libraries that are slow to import, and the parts that may import them together with a module."""

EMPTY_NAMES = {"utils", "helpers", "helper", "util", "common", "core", "base", "misc", "manager", "handler", "handlers"}
LONGEST_MODULE, LONGEST_FUNCTION, MEDIAN_MODULE = 400, 50, 150

Rule = Callable[[list[Module]], list[str]]


def imports_to_the_right(modules: list[Module]) -> list[str]:
    """Imports of a part that stands to the right; also of a part that the order does not know."""
    found = []
    for module, imported, part in _imports_of_parts(modules):
        own = module.place[0]
        for name in (own, part):
            if name not in ORDER:
                found.append(f"{module.shown}:{imported.line} '{name}' has no place in the order of the parts")
        if own in ORDER and part in ORDER and ORDER.index(part) > ORDER.index(own):
            found.append(f"{module.shown}:{imported.line} {own} imports {imported.target}, which is to its right")
    return found


def faces_that_meet(modules: list[Module]) -> list[str]:
    """Faces that import one another; the command line may start the server."""
    return [
        f"{module.shown}:{imported.line} the face {module.place[0]} imports the face {part}"
        for module, imported, part in _imports_of_parts(modules)
        if {module.place[0], part} <= FACES
        and part != module.place[0]
        and (module.place[0], part) not in FACES_THAT_MAY_MEET
    ]


def relative_imports(modules: list[Module]) -> list[str]:
    """Imports with leading dots."""
    return [
        f"{module.shown}:{imported.line} imports {imported.target} by its relative name"
        for module in modules
        for imported in module.imports
        if imported.relative
    ]


def heavy_imports(modules: list[Module]) -> list[str]:
    """Slow libraries that are imported together with a module, rather than where they are used."""
    return [
        f"{module.shown}:{imported.line} imports {library} with the module; import it in the function that uses it"
        for module in modules
        for imported in module.imports
        for library, allowed in HEAVY.items()
        if imported.when == "module"
        and f"{imported.target}.".startswith(f"{library}.")
        and module.place[0] not in allowed
    ]


def empty_names(modules: list[Module]) -> list[str]:
    """Files and folders whose names promise nothing."""
    return [
        f"{module.shown}: '{word}' says nothing about what is in it"
        for module in modules
        for word in module.place
        if word in EMPTY_NAMES
    ]


def large_modules(modules: list[Module]) -> list[str]:
    """Modules that are more than one idea by their length, and a median that says so of most."""
    found = [
        f"{module.shown} has {module.lines} lines, more than {LONGEST_MODULE}"
        for module in modules
        if module.lines > LONGEST_MODULE
    ]
    typical = median(module.lines for module in modules)
    return [*found, *([f"the median module has {typical} lines"] if typical > MEDIAN_MODULE else [])]


def long_functions(modules: list[Module]) -> list[str]:
    """Functions of more lines than can be read in one go."""
    return [
        f"{module.shown}:{function.lineno} {function.name} has {lines_of_body(function)} lines"
        for module in modules
        for function in module.functions
        if lines_of_body(function) > LONGEST_FUNCTION
    ]


def silent_packages(modules: list[Module]) -> list[str]:
    """Packages that do not say in one line what they take and what they give."""
    return [
        f"{module.shown}: its docstring is not one line of the form 'takes ...; gives ...'"
        for module in modules
        if module.path.name == "__init__.py"
        and module.place not in DOORS
        and not re.fullmatch(r"[A-Z][\w ]+ takes? .+; .*(gives?|prints) .*\.", _with_final_space(module))
    ]


RULES: dict[Rule, dict[str, str]] = {
    imports_to_the_right: {
        "thresholds/conformal.py": "def cut():\n    from offbeat.detector.fit import fit\n",
        "data/lazily.py": "import importlib\nimportlib.import_module('offbeat.networks.build')\n",
        "data/door.py": "from offbeat import detector\n",
        "scoring/types.py": "if TYPE_CHECKING:\n    from offbeat.detector.detector import Detector\n",
        "gadgets/new.py": "from offbeat.errors import DataError\n",
    },
    faces_that_meet: {"cli/classic.py": "def train():\n    import offbeat.h2o.frame\n"},
    relative_imports: {"data/near.py": "from .table import Table\n", "data/nearer.py": "from . import table\n"},
    heavy_imports: {
        "evaluation/roc.py": "from sklearn.metrics import roc_auc_score\n",
        "data/pd.py": "try:\n    import pandas as pd\nexcept ImportError:\n    pd = None\n",
        "scoring/tail.py": "from scipy import stats\n",
    },
    empty_names: {"data/utils.py": "", "misc/columns.py": ""},
    large_modules: {"data/everything.py": "pass\n" * 401},
    long_functions: {"data/epic.py": "def read():\n    '''Reads.'''\n" + "    pass\n" * 51},
    silent_packages: {"data/__init__.py": '"""Things for data."""\n'},
}
"""Each rule, and files that break it once each."""


@pytest.fixture(scope="module")
def house() -> list[Module]:
    return modules_of(HOUSE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule, house: list[Module]) -> None:
    broken = rule(house)
    assert not broken, f"{rule.__doc__}\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_what_breaks_it(rule: Rule, tmp_path: Path) -> None:
    for path, text in RULES[rule].items():
        _plant(tmp_path / "offbeat" / path, text)
    broken = rule(modules_of(tmp_path / "offbeat"))
    for path in RULES[rule]:
        assert any(sentence.startswith(f"offbeat/{path}") for sentence in broken), f"{path} was not found: {broken}"


def test_the_rules_let_pass_what_is_allowed(tmp_path: Path) -> None:
    _plant(tmp_path / "offbeat/cli/serve.py", "def serve():\n    from offbeat.server.app import app\n")
    _plant(tmp_path / "offbeat/plotting/curves.py", "from matplotlib.figure import Figure\n")
    _plant(tmp_path / "offbeat/training/loop.py", "from offbeat.networks.build import build_network\n")
    _plant(tmp_path / "offbeat/data/frames.py", "def to_pandas():\n    import pandas\n")
    _plant(tmp_path / "offbeat/data/__init__.py", '"""Data takes a path; gives a `Table`."""\n')
    for rule in RULES:
        assert rule(modules_of(tmp_path / "offbeat")) == []


def test_a_broken_rule_names_file_and_line(tmp_path: Path) -> None:
    _plant(tmp_path / "offbeat/data/table.py", '"""Tables."""\n\nfrom offbeat.detector.fit import fit\n')
    assert imports_to_the_right(modules_of(tmp_path / "offbeat")) == [
        "offbeat/data/table.py:3 data imports offbeat.detector.fit.fit, which is to its right"
    ]


def test_every_part_of_the_house_has_its_place(house: list[Module]) -> None:
    parts = {module.place[0] for module in house if module.place not in DOORS}
    assert parts <= set(ORDER)


@pytest.mark.smoke
def test_importing_the_package_imports_no_library() -> None:
    heavy = "{'jax', 'numpy', 'polars', 'pydantic', 'scipy', 'sklearn', 'matplotlib', 'typer'}"
    program = f"import sys, offbeat; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def _imports_of_parts(modules: list[Module]) -> list[tuple[Module, Import, str]]:
    """Each import from one part of the house into another, with the name of that other."""
    found = []
    for module in modules:
        if module.place in DOORS:
            continue
        for imported in module.imports:
            package, _, rest = imported.target.partition(".")
            if package == "offbeat" and rest and (part := rest.split(".")[0]) != module.place[0]:
                found.append((module, imported, part))
    return found


def _with_final_space(module: Module) -> str:
    """The package's docstring; the pattern wants something after the last verb, be it the end of the sentence."""
    return re.sub(r"\.$", " .", ast.get_docstring(module.tree) or "")


def _plant(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
