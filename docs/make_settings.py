"""Writes docs/settings.md from the settings themselves: python docs/make_settings.py

Names, types and help come from the fields of `Settings` and from the options that the command line makes of them.
`tests/test_docs.py` fails while the page is not up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from offbeat.cli.setting_options import setting_option
from offbeat.detector.config import PARTS
from offbeat.detector.plan import AUTO_BATCH, AUTO_STEPS, FEWEST_AUTO_EPOCHS, MOST_AUTO_EPOCHS

PAGE = Path(__file__).with_name("settings.md")

INTRODUCTION = f"""# Settings

<!-- Written by docs/make_settings.py; do not edit. -->

Every setting has one name, in Python (`offbeat.fit(table, batch_size=64)`), on the command line (`--batch-size 64`)
and in a file (`batch_size = 64` in `offbeat.toml`, read with `--config offbeat.toml`; what the command line says
goes before it). Lists take commas on the command line: `--hidden 32,16,8`. An unknown name or a value out of range
is refused before any row is read. A setting left out has its default; "none" means that nothing is set. What would
have no effect is refused as well: a setting of another network, optimizer, loss or score (`momentum` with adam,
`weight_decay` with any but adamw, `neighbours` where none are looked for), `min_improvement` where no `patience` is
given, `category_loss="cross-entropy"` without categories, `fdr` with a threshold other than conformal and tail,
`calibration` with mean+1std, which all training rows set. A default that is spelled out, or a 0, is accepted.

Without `network` and `hidden`, the default detector is fitted: a wide denoiser whose whitened residual is combined
with the distances to the nearest training rows and to the nearest twentieth of them, trained for about
{AUTO_STEPS:,} steps of up to {AUTO_BATCH} rows: in {FEWEST_AUTO_EPOCHS:g} to {MOST_AUTO_EPOCHS:g} epochs, so that small
tables get fewer steps and large ones more. Where each row is one curve, it gets one scale for the whole table and
more noise; where all columns are whole numbers of one range, as pixels are or answers of a survey, one scale as
well. `offbeat inspect` [shows](command-line.md#offbeat-inspect) what every "auto" became.

```python
import numpy as np

import offbeat

rows = np.random.default_rng(0).normal(size=(100, 4))
detector = offbeat.fit(rows, hidden=[3], epochs=20, threshold="quantile:0.95", progress="none")
assert detector.settings.given() == {{"hidden": (3,), "epochs": 20.0, "threshold": "quantile:0.95"}}
assert detector.resolved.network == "dense"
```
"""

SUBJECTS = {
    "DataSettings": "The table",
    "PreprocessingSettings": "From columns to features",
    "NetworkSettings": "The network",
    "TrainingSettings": "Training",
    "ScoringSettings": "The score",
    "ThresholdSettings": "The threshold",
}


def settings_page() -> str:
    """The whole page."""
    sections = []
    for part in PARTS:
        rows = [_row(name, field) for name, field in part.model_fields.items()]
        head = [f"\n## {SUBJECTS[part.__name__]}\n", "| setting | option | default | what it is |", "|---|---|---|---|"]
        sections.append("\n".join([*head, *rows, ""]))
    return INTRODUCTION + "".join(sections)


def _row(name: str, field: FieldInfo) -> str:
    option: Any = setting_option(name, field, "").annotation.__metadata__[0]
    word = name.replace("_", "-")
    words = f"--{word} {option.metavar}" if option.metavar else f"--{word}, --no-{word}"
    return f"| `{name}` | `{_in_cell(words)}` | {_default(field)} | {_in_cell(option.help)} |"


def _default(field: FieldInfo) -> str:
    if field.default is None or field.default == ():
        return "none"
    shown = f"{field.default:g}" if type(field.default) is float else str(field.default).lower()
    return f"`{shown}`"


def _in_cell(text: str) -> str:
    """Text that may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
    print(PAGE)
