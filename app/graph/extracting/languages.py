"""Which language a text is in, as far as names need to know: by its commonest words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

# Folded, as all words here are. No word stands in two of them but where it is common in both.
COMMONEST = {
    "en": "the of and to is was that it for with as his he her she be at by had have not are but from they we you "
    "my me this i an were said on in or our their has will who what would about there when up out so been no "
    "never says again now after before into only twice all more some then than because could should did does",
    "de": "der die das und ist nicht von zu mit sich des auf dem den ein eine einer einen im am um aus bei nach wie "
    "es an hat sie er ich wir auch noch war als fur uber so wird sind haben hatte nur noch zum zur schon vom "
    "mir mich beim jetzt gestern heute kann mein meine was mehr alles wieder seit dann oder aber doch kein "
    "keine immer unter bis",
    "es": "el la de que y en un una los las por con no se es al lo del su para como mas pero sus le ya este si porque "
    "esta entre cuando muy sin sobre tambien me hasta hay donde quien desde todo nos mi ha fue era esta dice hable a "
    "segun ayer anoche otra nunca siempre bien tan ni ellos nosotros ser tiene aunque antes despues",
    "tr": "ve bir bu da de icin ile cok daha ne gibi kadar sonra ama her var yok ben sen biz siz onlar olan olarak "
    "diye mi mu en yine bize bugun dun yarin oldu geldi gun bey hanim ki hangisi icinde uzerine degil hala "
    "bana aksam artik sey kimse once hic mi ise onu ona bunu beni seni",
    "fr": "le la les de des et est un une du en que qui dans pour pas sur au avec ce il elle sont plus par je nous "
    "vous mais ou son sa ses ne se on lui etait avait cette tout aux chez hier a y",
}  # fmt: skip
_LANGUAGES: dict[str, list[str]] = {}
for _language, _words in COMMONEST.items():
    for _word in _words.split():
        _LANGUAGES.setdefault(_word, []).append(_language)
COMMON_WORDS = frozenset(_LANGUAGES) - {"ben", "bey", "hanim", "will", "que", "mi"}
ENDINGS = (
    ("tr", ("lar", "ler", "yor", "dum", "dim", "tim", "tum", "mis", "mus", "iyor", "uyor", "acak", "ecek", "dik", "du",
            "ti", "tu", "imiz", "ini", "nin", "yla", "mesi", "masi", "makta", "tan", "uyor")),
    ("de", ("ung", "lich", "keit", "heit", "isch", "icht", "ieren", "chen", "tet", "ert")),
    ("es", ("cion", "ados", "aron", "ieron", "mente", "aba", "idad", "amos", "emos", "ito")),
    ("en", ("ing", "tion", "ly", "ness", "ought", "ight")),
)  # fmt: skip


# Letters that speak for one language or two.
LETTERS = {
    **dict.fromkeys("ışğİ", ("tr",)), **dict.fromkeys("ñ¿¡áíóú", ("es",)), **dict.fromkeys("äß", ("de",)),
    **dict.fromkeys("öü", ("de", "tr")), **dict.fromkeys("èêàœùû", ("fr",)), "ç": ("tr", "fr"), "é": ("es", "fr"),
}  # fmt: skip


def tell_language(words: Iterable[str], text: str = "") -> str:
    """One of those above; English where nothing speaks for another."""
    votes: Counter[str] = Counter({"en": 0})
    for letter in text:
        for language in LETTERS.get(letter, ()):
            votes[language] += 3
    for word in words:
        for language in _LANGUAGES.get(word, ()):
            votes[language] += 4
        if len(word) > 4:
            for language, endings in ENDINGS:
                votes[language] += word.endswith(endings)
    return max(votes, key=lambda language: votes[language])
