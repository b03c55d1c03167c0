"""`offbeat demo`: the main job on data that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from offbeat.cli.elapsed import Stopwatch
from offbeat.cli.job import Rows, carry_out, split_rows
from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, Quiet
from offbeat.cli.outcome import outcome_record, print_outcome
from offbeat.cli.output_files import default_file, make_place
from offbeat.cli.saying import say
from offbeat.data.names import nearest_name
from offbeat.detector.columns import read_as
from offbeat.detector.config import Settings, parse_settings
from offbeat.errors import SettingsError, name_some

BUILT_IN: Final = "heartbeats"

SETTINGS: Final[Mapping[str, Mapping[str, object]]] = {
    BUILT_IN: {},
    # H2O's "anomaly detection with an autoencoder" on the ECG discord data.
    "ecg-discord": {
        "hidden": (50,),
        "activation": "tanh",
        "l1": 1e-5,
        "epochs": 100,
        "batch_size": 1,
        "optimizer": "adadelta",
        "scaling": "normalize",
    },
    # The autoencoder tutorial of TensorFlow on ECG5000.
    "ecg5000": {
        "hidden": (32, 16, 8, 16, 32),
        "activation": "relu",
        "output_activation": "sigmoid",
        "scaling": "minmax-global",
        "loss": "absolute",
        "optimizer": "adam",
        "epochs": 20,
        "batch_size": 512,
        "threshold": "mean+1std",
    },
}
"""The settings of each demonstration; the built-in one takes the default detector."""

SPLIT: Final = (0.2, 21)
"""Test share and random_state of the tutorial's train_test_split."""


def demo(
    name: Annotated[
        str, typer.Argument(metavar="[heartbeats|ecg-discord|ecg5000]", help="Which data; heartbeats are built in.")
    ] = BUILT_IN,
    seed: Annotated[int, typer.Option(metavar="INTEGER", min=0, help="Everything random follows from it.")] = 0,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find bad heartbeats in built-in data, or repeat one of two public ECG jobs.

    heartbeats needs no network: 200 good beats of four people, drawn with a model of the electrocardiogram, to learn
    from, and 60 others to look at, of which 6 are bad. ecg-discord (20 good beats, 3 bad ones) and ecg5000 (5,000
    labelled beats) are fetched once from where they are published, or taken from the folder in OFFBEAT_DATA; they run
    with the settings of the H2O and Keras tutorials that made them known.

    \b
    Examples:
      offbeat demo
      offbeat demo ecg5000
    """
    watch = Stopwatch()
    with watch.step("read"):
        settings, rows = _job(name, seed)
    outcome = carry_out(
        rows,
        settings,
        detector=make_place(default_file(f"demo-{name}", ".offbeat")),
        report=None if no_report else make_place(default_file(f"demo-{name}", ".html")),
        progress="none" if quiet else "auto",
        watch=watch,
    )
    if not (as_json or quiet):
        print_outcome(outcome)
    if outcome.unwritten is not None:
        raise outcome.unwritten
    if as_json:
        print_json(outcome_record(outcome))
    elif not quiet:
        say("\nOn your own tables: offbeat detect GOOD.csv NEW.csv")


def _job(name: str, seed: int) -> tuple[Settings, Rows]:
    """The settings and rows of a demonstration."""
    if name == BUILT_IN:
        from offbeat.data.heartbeats import heartbeat_job

        train, test, kinds = heartbeat_job(seed)
        return parse_settings({"seed": seed}), Rows(train, test, kinds=kinds)
    if name not in SETTINGS:
        near = nearest_name(name, list(SETTINGS))
        meant = f"Did you mean '{near}'? " if near else ""
        raise SettingsError(f"There is no demonstration '{name}'. {meant}There are {name_some(list(SETTINGS))}.")
    from offbeat.data.known import known_data, local_copy

    known = known_data(name)
    chosen = parse_settings({**SETTINGS[name], "seed": seed, "label": known.label, "normal": known.normal})
    train = read_as(chosen, str(local_copy(known.train)))
    if known.test is None:
        return chosen, split_rows(train, *SPLIT)
    return chosen, Rows(train, read_as(chosen, str(local_copy(known.test))))
