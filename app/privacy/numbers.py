"""Numbers that open something: payment cards, bank accounts, and those that states give to people.

Wherever a number has a check digit, it must be right. Where that leaves too many others (one in ten telephone numbers
is a right Portuguese tax number), a word that names it must stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# What stands between the digits as they are printed.
_GAP = r"[ \u00a0\u202f.-]?"
_BEFORE = 40

# By how they begin and how many digits they have: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay.
_ISSUERS = re.compile(
    r"4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}"
)
# As cards have them printed, each looked for at every digit: what stands before or after may be a year or a code.
_CARDS = [
    re.compile(rf"(?<![\w+/-])(?<!\d[.,])(?=({form})(?![\w-]))".replace("_", r"[ \u00a0\u202f.-]"))
    for form in (r"\d{14,19}", r"\d{4}_\d{4}_\d{4}_\d{4}", r"\d{4}_\d{4}_\d{4}_\d{4}_\d{3}", r"\d{4}_\d{6}_\d{4,5}")
]
# Of sixteen digits in a row one in ten passes the check: what is called otherwise is none.
_OTHERWISE = re.compile(
    r"\b(?:order|bestell|auftrag|tracking|sendung|parcel|paket|invoice|rechnung|isbn|ean|imei|iccid|serial|serien|ticket"
    r"|booking|buchung|encomenda|fatura|barcode)\w*[\s#:.no-]*$", re.I,
)  # fmt: skip

# How long an account number is in its country: https://www.swift.com/standards/data-standards/iban (registry).
_IBANS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
_IBAN = re.compile(rf"(?<![A-Za-z0-9])([A-Za-z]{{2}}){_GAP}(?=(\d{_GAP}\d(?:{_GAP}[A-Za-z0-9]){{11,30}}))")


def has_card(text: str) -> bool:
    found = (match for form in _CARDS for match in form.finditer(text))
    return any(_is_card(re.sub(r"\D", "", one[1])) and not _OTHERWISE.search(_said_before(text, one)) for one in found)


def has_account(text: str) -> bool:
    """By mod 97 (ISO 13616); of the United States by the check of their routing numbers, where they are called so."""
    for found in _IBAN.finditer(text):
        country, rest = found[1].upper(), re.sub(r"[^A-Za-z0-9]", "", found[2]).upper()
        length = _IBANS.get(country, 0)
        # A word may follow without a sign between.
        if length and len(rest) >= length - 2 and passes_97(country + rest[: length - 2]):
            return True
    return any(_is_routing(digits) for digits in _called(text, r"routing|\baba\b", r"\d{9}"))


def has_identity(text: str) -> bool:
    return any(rule(text) for rule in _IDENTITIES)


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit, 36) * (1 + place % 2)
        total += value - 9 if place % 2 and value > 9 else value
    return total % 10 == 0


def passes_97(account: str) -> bool:
    turned = account[4:] + account[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_card(digits: str) -> bool:
    return bool(_ISSUERS.fullmatch(digits)) and passes_luhn(digits)


def _said_before(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - _BEFORE) : found.start()]


def _called(text: str, name: str, number: str) -> Iterator[str]:
    """Numbers of that form shortly after the word."""
    pattern = rf"(?:{name})[^\n]{{0,{_BEFORE}}}?(?<![\w-])({number})(?![\w-])"
    for found in re.finditer(pattern, text, re.I):
        yield re.sub(r"[^A-Za-z0-9]", "", found[1]).upper()


def _is_routing(digits: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, digits, strict=True))
    return total % 10 == 0 and digits != "0" * 9


def _german_tax(text: str) -> bool:
    """Steuerliche Identifikationsnummer: of its first ten digits one comes twice or three times; ISO 7064 mod 11,10."""
    for found in re.finditer(rf"(?<![\w+/.-])[1-9]\d{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}(?![\w-])", text):
        digits = re.sub(r"\D", "", found[0])
        counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
        if counts[-1] in (2, 3) and (len(counts) < 2 or counts[-2] == 1) and _mod_11_10(digits):
            return True
    return False


def _mod_11_10(digits: str) -> bool:
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def _german_pension(text: str) -> bool:
    """Sozialversicherungsnummer: an area, a birthday, a letter, two digits, a check digit."""
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    for found in re.finditer(rf"(?<![\w-])\d\d{_GAP}\d{{6}}{_GAP}[A-Za-z]{_GAP}\d\d{_GAP}\d(?![\w-])", text):
        number = re.sub(r"[^A-Za-z0-9]", "", found[0]).upper()
        digits = number[:8] + f"{ord(number[8]) - 64:02}" + number[9:]
        sums = (sum(divmod(weight * int(digit), 10)) for weight, digit in zip(weights, digits[:-1], strict=True))
        if sum(sums) % 10 == int(digits[-1]):
            return True
    return False


def _german_health(text: str) -> bool:
    """Krankenversichertennummer: a letter and nine digits."""
    for number in _called(text, r"versicher|kranken|\bkv(?:nr)?\b|gesundheitskarte", r"[A-Za-z]\d{9}"):
        digits = f"{ord(number[0]) - 64:02}{number[1:]}"
        sums = (sum(divmod((1 + place % 2) * int(digit), 10)) for place, digit in enumerate(digits[:-1]))
        if sum(sums) % 10 == int(digits[-1]):
            return True
    return False


def _german_card(text: str) -> bool:
    """Ausweis and Reisepass: nine signs and one of 7-3-1; without it the word alone must do."""
    form = r"(?=[A-Za-z0-9]*\d)[CFGHJ-NPRTV-Zcfghj-nprtv-z0-9]{9}\d?"
    for number in _called(text, r"ausweis|reisepass", form):
        total = sum(weight * int(sign, 36) for weight, sign in zip((7, 3, 1) * 3, number[:9], strict=True))
        if len(number) == 9 or total % 10 == int(number[9]):
            return True
    return False


def _portuguese_tax(text: str) -> bool:
    """NIF: nine digits, mod 11."""
    for digits in _called(text, r"\bnif\b|contribuinte|\bn\.?i\.?f\.?", rf"[1-35689]\d\d{_GAP}\d{{3}}{_GAP}\d{{3}}"):
        rest = sum(weight * int(digit) for weight, digit in zip(range(9, 1, -1), digits[:8], strict=True)) % 11
        if int(digits[8]) == (0 if rest < 2 else 11 - rest):
            return True
    return False


def _portuguese_pension(text: str) -> bool:
    """NISS: eleven digits, weighed by primes."""
    weights = (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)
    for digits in _called(text, r"\bniss\b|segurança social", rf"[12]\d{{2}}{_GAP}\d{{4}}{_GAP}\d{{4}}"):
        total = sum(weight * int(digit) for weight, digit in zip(weights, digits[:10], strict=True))
        if 9 - total % 10 == int(digits[10]):
            return True
    return False


def _portuguese_card(text: str) -> bool:
    """Cartão de Cidadão: eight digits, a check digit, two signs and one over all of them."""
    found = re.finditer(r"(?<![\w-])\d{8}[ -]?\d[ -]?[A-Z]{2}\d(?![\w-])", text)
    return any(passes_luhn(re.sub(r"[^A-Z0-9]", "", one[0])) for one in found)


def _american(text: str) -> bool:
    """Social security and taxpayer numbers have no check digit, but a form of their own."""
    return bool(re.search(
        r"(?<![\w.-])(?:(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}|9\d\d-(?:5\d|6[0-5]|[78]\d|9[0-24-9])-\d{4})(?![\w-])",
        text,
    ))  # fmt: skip


def _passport(text: str) -> bool:
    return any(
        True for _number in _called(text, r"\bpassport|passaporte", r"(?=[A-Za-z0-9]*\d{5})[A-Za-z]{0,2}\d{6,9}")
    )


_IDENTITIES: tuple[Callable[[str], bool], ...] = (
    _german_tax, _german_pension, _german_health, _german_card, _portuguese_tax, _portuguese_pension, _portuguese_card,
    _american, _passport,
)  # fmt: skip
