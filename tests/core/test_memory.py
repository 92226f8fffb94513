"""What was freed in the middle of the heap goes back to the system."""

from __future__ import annotations

import psutil
import pytest

from app.core import memory


def test_what_lies_before_something_kept_goes_back():
    if memory._find_trim() is None:
        pytest.skip("this C library keeps what was freed in its own way")
    freed = [bytes(2000) for _ in range(50_000)]
    kept = bytes(2000)
    freed.clear()
    before = psutil.Process().memory_info().rss
    memory.give_back_memory()
    assert kept and psutil.Process().memory_info().rss < before - 50 * 2**20


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "_find_trim", lambda: None)
    memory.give_back_memory()
