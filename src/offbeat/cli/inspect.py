"""`offbeat inspect`: what is in a detector file."""

from __future__ import annotations

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson, DetectorFile
from offbeat.cli.saying import say


def inspect(detector: DetectorFile, as_json: AsJson = False) -> None:
    """Show what a detector learned from, its network, training and threshold.

    Nothing in the file is executed. With --json also the columns and all settings.

    \b
    Example:
      offbeat inspect pumps.offbeat
    """
    from offbeat.detector.archive import load

    opened = load(detector)
    if as_json:
        print_json({"detector": str(detector), **opened.inspect()})
    else:
        say(opened.describe())
