"""Hearth."""

import sys

# Litestar and advanced-alchemy take pydantic up wherever it is installed, which is 9 MB in each process and a second at
# the start, and nothing here uses it but the client of language models: until that is asked for, it is not there.
sys.modules.setdefault("pydantic", None)  # type: ignore[arg-type]


def show_pydantic() -> None:
    """Whoever imports what is built on it says so before."""
    if sys.modules.get("pydantic") is None:
        sys.modules.pop("pydantic", None)
