"""A directory that is exported appears whole or not at all, and says why it does not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from offbeat.errors import FileError
from offbeat.integrations.exported_folder import exported_folder


def test_it_appears_once_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "pumps"
    with exported_folder(target) as part:
        (part / "README.md").write_text("Pumps")
        assert not target.exists()
    assert [file.name for file in target.iterdir()] == ["README.md"]


def test_a_full_disk_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    target = tmp_path / "pumps"
    with pytest.raises(FileError) as told, exported_folder(target) as part:
        (part / "README.md").write_text("Pumps")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(told.value) == (
        f"{target} cannot be written (No space left on device). Free some space in {tmp_path}, or choose another "
        "folder."
    )
    assert list(tmp_path.iterdir()) == []
