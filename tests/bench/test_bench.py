"""Every bench runs and speaks the format that others read; what it measures is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from app.settings import PROJECT

CASES = {
    "pages": {
        "list",
        "note",
        "list bytes",
        "note bytes",
        "first visit bytes",
        "of them JavaScript",
        "list queries",
        "note queries",
        "switcher p95",
        "list with four filters p95",
        "completion p95",
        "editor bytes",
    },
    "typing": {"keystroke in 100 KB"},
    "write": {"save in SQL", "save by the ORM", "save by the form"},
    "import": {"listed", "fully processed", "people listed"},
    "search-scale": {
        "2,000 p95, empty house",
        "2,000 recall@50",
        "100,000 p50, bare SQL",
        "100,000 notes, p95 of 10,000's",
    },
    "growth": {"list, 600 notes", "note with 500 backlinks, 600 notes", "completion p95, 600 notes"},
    "paths": {"neighbourhood, degree 5,000", "counted, degree 5,000", "path from it, degree 5,000"},
    "people": {"list, 10,000", "typing, 10,000", "person, 10,000"},
    "renaming": {"the name that they say: the save", "the trash: mentions", "list meanwhile, p95"},
    "sleep": {"week, 60 notes", "twins, 240 notes", "twins, 240 notes, peak"},
    "graph": {"answer, read anew, 100", "answer, 400", "first picture, 400", "ceiling: picture within 3 s"},
    "clusters": {"found, 300", "found, 1,200", "memory above idle, 1,200", "growth", "agreement, 300"},
    "memory": {"total", "web", "worker", "postgres", "valkey", "supervisor"},
}


# Each fills a house, and asks it for seconds on end or rests half a minute.
@pytest.mark.slow
@pytest.mark.whole
@pytest.mark.parametrize("name", list(CASES))
def test_a_bench_tells_each_of_its_cases_as_one_json_object_a_line(name: str):
    command = [sys.executable, "-m", "app", "bench", name, "--json", "--quick"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(t) == ["bench", "case", "value", "unit", "reference", "ratio", "n"] for t in told)
    assert {t["bench"] for t in told} == {name}
    assert CASES[name] <= {t["case"] for t in told}
    for measure in told:
        assert measure["value"] > 0
        assert (measure["ratio"] is None) == (measure["reference"] is None)


def test_a_bench_that_does_not_exist_is_refused_with_the_names_of_those_that_do():
    command = [sys.executable, "-m", "app", "bench", "speed"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "pages" in done.stderr
