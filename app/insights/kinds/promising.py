"""Sentences in which somebody promises something, in English and German, by rules that anybody can read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime

from app.core.dating import read_moment

LONGEST_TEXT, LONGEST = 100_000, 300
DEEDS = (
    "send|call|ring|write|bring|give|pay|return|reply|answer|get back|share|forward|lend|show|book|order|finish|fix|"
    "mail|email|text|post|visit|help|prepare|let (?:you|him|her|them) know|tell (?:you|him|her|them)"
)
ENGLISH = re.compile(
    r"\b(?:I['’]ll|I will|I am going to|I['’]m going to|I promised?|I said I(?:['’]d| would))\b[^.?!\n]{0,60}?"
    rf"\b(?:{DEEDS})\b",
    re.I,
)
GERMAN = re.compile(
    r"\b(?:ich (?:schicke|sende|rufe|schreibe|bringe|gebe|zahle|melde|leite|zeige|überweise|besorge|bestelle|erledige|"
    r"leihe|antworte)\b[^.?!\n]{0,40}?\b(?:dir|dich|euch|ihnen|ihm|ihr|mich|an|zurück|weiter|bis|morgen)\b"
    r"|ich werde (?:dir|dich|euch|ihnen|ihm|ihr)\b|ich (?:habe|hab) (?:dir|euch|ihm|ihr|ihnen)?\s?versprochen)",
    re.I,
)
# What somebody will not do is no promise, nor what hangs on an if.
DENIED = re.compile(
    r"\b(?:not|never|no longer|won['’]t|if|unless|nicht|nie|niemals|kein\w*|falls|wenn)\b|n['’]t\b", re.I
)
ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
# What is quoted another said; what is ticked is done.
SKIPPED = re.compile(r"^\s*(?:>|[-*+]\s+\[[xX]\])")
MARKS = re.compile(r"^\s*(?:[-*+]\s+(?:\[ \]\s+)?|#{1,6}\s+|\d+[.)]\s+)|[*_`]+")


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence, what it is known by (of its words no trace), and by when."""

    sentence: str
    digest: str
    due: date | None


def find_promises(text: str, said_at: datetime) -> list[Promise]:
    """`said_at` in the writer's own time: "by Friday" is the first one after it."""
    found: dict[str, Promise] = {}
    for line in ENDS.split(text[:LONGEST_TEXT]):
        sentence = MARKS.sub("", line).strip()
        if SKIPPED.match(line) or not 8 <= len(sentence) <= LONGEST or sentence.endswith("?"):
            continue
        if (ENGLISH.search(sentence) or GERMAN.search(sentence)) and not DENIED.search(sentence):
            digest = hashlib.sha256(sentence.encode()).hexdigest()[:24]
            due = read_moment(sentence, said_at)
            found.setdefault(digest, Promise(sentence, digest, due.day if due else None))
    return list(found.values())
