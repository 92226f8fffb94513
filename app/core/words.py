"""Words that are known below the web and shown by it.

What a browser shows goes through gettext; what a console shows (commands, settings, logs) is English. A sentence
is translated where it is made (`gettext` of app/web/locale.py: from the lenses up every package may import it, and
an error is raised in the context of the request that it answers). So nothing below the web says sentences to a
browser, but for constants, which are translated where they are shown: this marks them for the extraction.
"""

from __future__ import annotations

from dataclasses import dataclass


def gettext_noop(message: str) -> str:
    """The message itself; whoever shows it translates it."""
    return message


@dataclass(frozen=True, slots=True)
class Word:
    """One of several that are chosen from where it is said; `label` is marked by `gettext_noop`."""

    label: str
