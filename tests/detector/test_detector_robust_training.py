"""Named networks on training rows that are not all normal: what is switched on, unless the user says otherwise."""

from __future__ import annotations

import pytest
from small_detectors import QUICK, fitted, readings

import offbeat
from offbeat.detector import fit as fitting


def _resolved(**settings: object) -> offbeat.Settings:
    return fitted(**{"epochs": 1, **settings}).resolved


def test_a_share_is_trimmed_and_training_stops_by_entropy() -> None:
    found = _resolved(contamination=0.1)
    assert (found.trim, found.stopping) == (0.1, "entropy")


def test_an_unknown_share_stops_by_entropy_and_trims_nothing() -> None:
    found = _resolved(contamination="unknown")
    assert (found.trim, found.stopping) == (0.0, "entropy")


@pytest.mark.parametrize("contamination", ["auto", "none"])
def test_rows_that_are_taken_for_normal_are_learned_from_as_ever(contamination: str) -> None:
    found = _resolved(contamination=contamination)
    assert (found.trim, found.stopping) == (0.0, "loss")


def test_what_the_user_says_stays() -> None:
    assert _resolved(contamination=0.1, trim=0.0).trim == 0.0
    assert _resolved(contamination=0.1, stopping="loss").stopping == "loss"
    assert _resolved(contamination=0.1, patience=3).stopping == "loss"


def test_the_default_detector_needs_neither() -> None:
    found = offbeat.fit(readings(), contamination=0.1, epochs=1, progress="none").resolved
    assert (found.trim, found.stopping) == (0.0, "loss")


def test_both_are_said_and_kept_in_the_file(tmp_path: object) -> None:
    detector = offbeat.fit(readings(), **{**QUICK, "contamination": 0.1, "epochs": 200})
    words = detector.describe()
    assert "those that fit worst, a share of 0.1 of each batch, were left out" in words
    assert "the entropy of the rows' losses was lowest" in words
    assert (detector.history.stopped == "entropy") == ("ended because the entropy of the rows' losses" in words)
    again = offbeat.load(detector.save(f"{tmp_path}/a.offbeat"))
    assert again.describe() == words


def test_nothing_is_said_where_nothing_was_done() -> None:
    assert "Training rows" not in fitted().describe()


def test_folds_train_as_long_as_the_network_did_and_look_at_no_entropy(monkeypatch: pytest.MonkeyPatch) -> None:
    fit_member, asked = fitting.fit_member, []

    def noted(settings: offbeat.Settings, *arguments: object, **words: object) -> object:
        member = fit_member(settings, *arguments, **words)
        asked.append((settings.stopping, settings.epochs, member.history.best_epoch))
        return member

    monkeypatch.setattr(fitting, "fit_member", noted)
    offbeat.fit(readings(), **{**QUICK, "stopping": "entropy", "epochs": 40, "threshold": "conformal"})
    (first, *folds) = asked
    assert first[0] == "entropy"
    assert len(folds) == 5 and set(folds) == {("loss", float(first[2]), first[2])}
