"""Memory that was freed goes back to the system, which a house of 1 GB has other use for."""

from __future__ import annotations

import ctypes
from functools import cache


def give_back_memory() -> None:
    """What a chart or a night took stays with glibc, for as long as anything lies behind it. Takes milliseconds; does
    nothing where the C library has no such call (musl, macOS)."""
    trim = _find_trim()
    if trim is not None:
        trim(0)


@cache
def _find_trim() -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
