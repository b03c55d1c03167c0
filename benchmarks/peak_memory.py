"""Resident memory of this process, from Linux's /proc."""

from pathlib import Path

PROCESS = Path("/proc/self")


def resident_bytes() -> int:
    """Return the memory this process holds now."""
    return _status_bytes("VmRSS")


def forget_peak() -> None:
    """Set the peak back to what is held now (Linux: 5 in clear_refs resets VmHWM)."""
    (PROCESS / "clear_refs").write_text("5")


def peak_bytes() -> int:
    """Return the most memory this process has held since `forget_peak`."""
    return _status_bytes("VmHWM")


def _status_bytes(field: str) -> int:
    lines = (PROCESS / "status").read_text().splitlines()
    kilobytes = next(line for line in lines if line.startswith(f"{field}:")).split()[1]
    return int(kilobytes) * 1024
