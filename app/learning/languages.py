"""Which language a text is written in, by the little words that no text does without. None where they do not say."""

from __future__ import annotations

import re

# Of each language what is frequent in it and in none of the others.
LITTLE = {
    "en": "the and of to that was with for this are have not you but from they which would there their what been",
    "de": "der die das und ist nicht ich ein eine mit sich auf für dem den auch wir wird noch nach bei aus wie zum",
    "es": "el los las una con por para pero como más está muy también cuando sobre hay desde porque mi lo ha todo",
    "fr": "le les des est une dans pour pas sur avec ce qui sont mais nous vous plus cette être au ont leur elle",
    "it": "il di che è non per sono della con gli anche più come nel alla questo dei ma ho ha delle nella",
    "nl": "het een van niet dat zijn op te voor met ook aan bij nog naar maar wij ik deze heeft wordt uit",
    "pt": "não uma com para os mais como mas foi ao ele das seu sua ou quando muito nos já também pelo são do da",
}
LEAST, TIMES = 3, 1.5
WORD = re.compile(r"[^\W\d_]+")
_LITTLE = {language: frozenset(words.split()) for language, words in LITTLE.items()}


def guess_language(text: str) -> str | None:
    """Of `LITTLE`; it must have three of its words at least, and half as many again as any other."""
    words = [word.lower() for word in WORD.findall(text)]
    counts = sorted(((sum(word in little for word in words), name) for name, little in _LITTLE.items()), reverse=True)
    (most, language), (next_, _other) = counts[:2]
    return language if most >= LEAST and most >= TIMES * next_ else None
