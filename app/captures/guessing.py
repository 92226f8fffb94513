"""What a capture is, guessed by rules that a page applies as well while somebody types.

The patterns mean the same to Python and to a browser (flags `iu`): the page gets them as data (`rules_as_json`), so
that the two never differ. The first that matches decides. English, Spanish, German.
"""

from __future__ import annotations

import json
import re
from functools import cache

# What comes after says nothing new, and a pattern shall not walk through a book.
READS = 2000

_START = r"^(?:[-*] )?"
_QUOTED = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a"
_DASH = "\u2013\u2014-"
_TODO_WORDS = (
    r"buy|call|e-?mail|remember to|remind me|don['\u2019]t forget|do not forget|i must|i need to|i have to"
    r"|need to|must|pay|book|return|pick up|order|send|fix|finish|write to|ask|comprar|llamar|recordar"
    r"|recuérdame|no olvidar|no olvides|hay que|tengo que|debo|pagar|reservar|devolver|enviar|mandar"
    r"|arreglar|terminar|preguntar|recoger|ich muss|muss|nicht vergessen|daran denken|denk daran"
    r"|erinnere mich|bitte"
)
# German says what is to be done at the end.
_LAST_WORDS = (
    r"kaufen|anrufen|besorgen|erledigen|bezahlen|buchen|abholen|bestellen|schreiben|schicken|zurückgeben|zurückbringen"
    r"|reparieren|nicht vergessen|fragen|mitbringen|aufräumen|gießen|absagen"
)
RULES = (
    ("snippet", r"^```|^#!/"),
    ("link", r"^(?:https?://|www\.)\S+(?:\s|$)|^[^\n]{1,200}\s(?:https?://|www\.)\S+$"),
    ("idea", rf"^(?:idea|idee|ocurrencia)(?:\s*[:{_DASH}]|\s+(?:for|für|para)\s)"
             r"|^(?:what if|was wäre,? wenn|¿?y si)\s"),
    ("todo", rf"^(?:[-*] )?(?:\[[ x]?\]\s"
             rf"|(?:to-?do|to do|task|aufgabe|erledigen|tarea|pendiente)(?:\s*[:{_DASH}]|\s|$))"),
    ("quote", rf"^>\s|^[{_QUOTED}][^\n]+[{_QUOTED}][.,]?(?:\s*[{_DASH}][^\n]{{0,80}})?$"
              rf'|^"[^"]+"[.,]?(?:\s*[{_DASH}][^\n]{{0,80}})?$|\n\s*[\u2013\u2014]\s?[^\n]{{2,80}}$'),
    ("snippet", r"^(?:def|class|function|import|from|const|let|var|select|insert|update|public|private|fn|func)\s[^\n]*"
                r"(?:[(){};=*]|\simport\s|\sfrom\s)|^\$ \S|^<[a-z!/][^<>]*>|[;{}]\s*(?:\n|$)|=>|^[a-z_.]+\([^\n]*\)$"),
    ("question", r"\?[)\u201d\u00bb\u2019'\u0022]*$|^¿"),
    ("todo", rf"^(?:[-*] )?(?:{_TODO_WORDS})\s|^[^\n]{{2,80}}\s(?:{_LAST_WORDS})[.!]?$"),
)  # fmt: skip
USUAL = "thought"


def guess_type(text: str) -> str:
    said = text.strip()[:READS]
    return next((kind for kind, pattern in _compiled() if pattern.search(said)), USUAL)


@cache
def rules_as_json() -> str:
    """For the page: what `guess_type` goes by."""
    return json.dumps({"rules": RULES, "reads": READS, "usual": USUAL})


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in RULES)
