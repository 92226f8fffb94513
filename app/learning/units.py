"""Which units a text uses: of length and weight, of money, of the clock, of the order of a date."""

from __future__ import annotations

import re

_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)"
)
# A bare m, g or in says too little: 5 in a row, 5 m people. The case of a sign counts, of a word it does not.
SIGNS: dict[str, dict[str, str]] = {
    "measure": {
        "metric": r"\d\s?(?:km/h|km|cm|mm|kg|ml|°C|(?i:kilomet(?:er|re)s?|centimet(?:er|re)s?|met(?:er|re)s?"
                  r"|kilograms?|kilogramm|kilos?|lit(?:er|re)s?))\b",
        "imperial": r"\d\s?(?:mph|lbs?|oz|ft|°F|(?i:miles?|feet|foot|inch(?:es)?|ounces?|gallons?|yards?))\b",
    },
    "currency": {
        "EUR": r"€\s?\d|\d\s?(?:€|EUR\b|(?i:euros?)\b)",
        "USD": r"(?:US)?\$\s?\d|\d\s?(?:USD\b|(?i:dollars?)\b)",
        "GBP": r"£\s?\d|\d\s?(?:£|GBP\b)",
        "CHF": r"\bCHF\s?\d|\d\s?(?:CHF\b|(?i:franken)\b)",
    },
    "clock": {
        "24": r"(?<![\d:.])(?:1[3-9]|2[0-3]):[0-5]\d(?![\d:])|(?<![\d:.])(?:[01]?\d|2[0-3])(?:[:.][0-5]\d)?\sUhr\b",
        "12": r"(?<![\d:.])(?:1[0-2]|0?[1-9])(?::[0-5]\d)?\s?(?i:a\.?m|p\.?m)\b",
    },
    "date_order": {
        "ymd": r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)",
        "dmy": r"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:(?:19|20)?\d\d)?(?![\d])"
               r"|(?<![\d/])(?:1[3-9]|2\d|3[01])/(?:0?[1-9]|1[0-2])/(?:19|20)?\d\d(?![\d/])"
               rf"|(?<!\d)(?:[12]?\d|3[01])\.?\s{_MONTHS}\b",
        "mdy": r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?:1[3-9]|2\d|3[01])/(?:19|20)?\d\d(?![\d/])"
               rf"|\b{_MONTHS}\s(?:[12]?\d|3[01])\b(?!\d)",
    },
}  # fmt: skip
_SIGNS = {key: {value: re.compile(pattern) for value, pattern in values.items()} for key, values in SIGNS.items()}


def read_units(text: str) -> dict[str, str]:
    """Of each key what the text uses most; nothing where it uses none, or two as often."""
    found = {}
    for key, values in _SIGNS.items():
        counts = sorted(((len(pattern.findall(text)), value) for value, pattern in values.items()), reverse=True)
        if counts[0][0] > counts[1][0]:
            found[key] = counts[0][1]
    return found
