"""Numbers as a sentence says them: as many digits as a reader can use, and enough to tell two numbers apart."""

from __future__ import annotations

import math

from offbeat.thresholds.calibration import SMALLEST_P_VALUE

_LARGEST_WHOLE = 10**9
_LARGEST_PLAIN = 1e6
_SMALLEST_PLAIN = 1e-4
_MOST_DIGITS = 17  # as many tell any two float64 apart


def format_number(value: int | float, digits: int = 3) -> str:
    """The number with so many significant digits; whole numbers below 10^9, and the part before the point, in full.

    Example:
        >>> [format_number(value) for value in (6.9, 2.3149, 1841, 1234.56, -0.0, 0.00041, 1.5e-7, 2.5e9)]
        ['6.9', '2.31', '1841', '1235', '0', '0.00041', '1.5e-7', '2.5e9']
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
    if value == int(value) and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    if not _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{_without_zeros(mantissa)}e{int(exponent)}"
    return _without_zeros(f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}")


def format_apart(first: int | float, second: int | float) -> tuple[str, str]:
    """Two numbers with three significant digits, or as many more as it takes that different numbers look different.

    Example:
        >>> format_apart(2.31, 6.9), format_apart(0.130051, 0.13)
        (('2.31', '6.9'), ('0.1301', '0.13'))
    """
    for digits in range(3, _MOST_DIGITS):
        texts = format_number(first, digits), format_number(second, digits)
        if texts[0] != texts[1] or first == second:
            return texts
    return repr(first), repr(second)


def format_share(share: float) -> str:
    """A fraction as per cent, never rounded to nothing or to everything.

    Example:
        >>> [format_share(share) for share in (0.184, 0.004, 0.998, 1.0)]
        ['18 %', 'under 1 %', 'over 99 %', '100 %']
    """
    if math.isclose(share, 1):
        return "100 %"
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{share * 100:.0f} %"


def format_p_value(p_value: float) -> str:
    """A p-value with two significant digits; the smallest that is ever given stands for all below it.

    Example:
        >>> [format_p_value(p_value) for p_value in (0.000412, 0.5, 1e-12)]
        ['p = 0.00041', 'p = 0.5', 'p < 1e-12']
    """
    return f"p = {format_number(p_value, 2)}" if p_value > SMALLEST_P_VALUE else f"p < {SMALLEST_P_VALUE:g}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
