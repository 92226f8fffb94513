"""Plain text: how names are compared, how a note looks in one line, which words the index sees."""

import re
import unicodedata
from functools import lru_cache

# A letter is whatever is neither blank nor punctuation. Python's \w leaves out combining marks (the vowel
# signs of Devanagari, Thai …) and emoji, both of which people use in names and topics.
LETTER = (
    r"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\xd7\xf7\u037e\u0387"
    r"\u055a-\u055f\u0589\u05be\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u200b\u200e-\u206f"
    r"\u3000-\u3004\u3008-\u301f\u3030\u30fb\ufeff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    r"\ufffc-\uffff]"
)

# Marks that only decorate a letter. The vowel signs of Indic scripts and the voicing marks of kana are marks
# too, but without them other words remain, so they stay.
_DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]"
)
# Letters with a stroke do not decompose, yet people look for them by their plain neighbour.
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"}
)


def fold(text: str) -> str:
    """The form under which two spellings are the same name; never empty for a text that is not blank."""
    if text.isascii():
        return " ".join(text.lower().split())
    # Twice, because folding the case can bring forth characters that decompose again (ΐ, ﬃ, İ).
    letters = _decomposed(_decomposed(text))
    plain = _DECORATION.sub("", letters).translate(_STROKES)
    return " ".join(unicodedata.normalize("NFKC", plain).split()) or " ".join(text.casefold().split())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())


_BETWEEN_WORDS = re.compile(rf"(?:(?!{LETTER}).)+", re.DOTALL)


def slug(text: str) -> str:
    """The text as one readable segment of a URL, in its own script; of marks alone, the marks by number."""
    words = _BETWEEN_WORDS.sub("-", unicodedata.normalize("NFKC", text).casefold()).strip("-")
    return words or "-".join(f"{ord(mark):x}" for mark in text.strip()[:16])


_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]*_]*(?=\s)|[。！？]")
_LINE_MARKS = re.compile(r"\s*(?:(?:[-*+>]|#{1,6}|\d{1,9}[.)])\s+|\[[ xX]\]\s+)*")


def sentence_around(text: str, start: int, end: int, limit: int = 240) -> str:
    """The sentence, within its line, in which the range stands, cut to `limit` around it by …"""
    # Nothing beyond the limit can be shown, so nothing beyond it is read: a line may be a whole book.
    floor, ceiling = max(0, start - limit - 1), min(len(text), end + limit + 1)
    left = max(floor, text.rfind("\n", floor, start) + 1)
    right = text.find("\n", end, ceiling)
    right = ceiling if right < 0 else right
    left, right = _sentence(text, left, right, start, end)
    return _trimmed(text, left, right, start, end, limit)


def _sentence(text: str, left: int, right: int, start: int, end: int) -> tuple[int, int]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, left, start)]
    after = _SENTENCE_END.search(text, end, right)
    return (ends[-1] if ends else left), (after.end() if after else right)


def _trimmed(text: str, left: int, right: int, start: int, end: int, limit: int) -> str:
    marks = _LINE_MARKS.match(text, left, start)
    left = marks.end() if marks else left
    while right > end and text[right - 1].isspace():
        right -= 1
    if right - left <= limit:
        return text[left:right]
    room = limit - 2
    first = max(left, min(start - max(0, room - (end - start)) // 2, right - room))
    last = min(right, first + room)
    return ("…" if first > left else "") + text[first:last].strip() + ("…" if last < right else "")


# One pass each, every pattern bounded to a line or to a bracket, so that a hostile text costs no more than
# its length. They need not be right in every corner of CommonMark: a list row shows words, not structure.
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
_BLOCK_MARKS = re.compile(
    r"^[ \t]*(?:(?:[-*+>]|#{1,6}|\d{1,9}[.)])(?:[ \t]+|$)|\[[ xX]\][ \t]+|\[![a-z]{1,20}\][+-]?[ \t]*)+"
    r"|^[ \t]*(?:[-*_][ \t]*){3,}$|^[ \t]*(?:=+|[|:][-:| \t]+)$|(?<=[ \t])#+[ \t]*$",
    re.MULTILINE,
)
_WIKI = re.compile(r"!?\[\[([^\[\]\n|]+)(?:\|([^\[\]\n]*))?\]\]")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:[ \t]+[\"'][^\"'\n]*[\"'])?\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_SIGNS = re.compile(r"\\(?=[!-/:-@\[-`{-~])|[*`]+|~~+|(?<![^\s(\[\"'*])_+(?=\S)|(?<=\S)_+(?![^\s)\].,;:!?\"'*])|\|")


def preview(markdown: str, limit: int = 200) -> str:
    """The first words of a note as plain text, for one line of a list."""
    words = " ".join(_without_marks(markdown[: limit * 6]).split())
    if len(words) <= limit:
        return words
    cut = words.rfind(" ", limit * 3 // 4, limit)
    return words[: cut if cut > 0 else limit - 1] + "…"


@lru_cache(2000)
def plain_sentence(markdown: str) -> str:
    """A sentence as evidence of a link shows it: words without marks. Kept, since a page shows a hundred of them."""
    return preview(markdown, 400)


_WITHIN_A_LINE = re.compile(r"</?(?:a|abbr|b|code|em|i|kbd|mark|s|small|span|strong|sub|sup|u)\b", re.IGNORECASE)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


def words_of_html(html: str) -> str:
    """HTML without its tags, a line for each block; none is indented, which Markdown would take for code."""
    lines = _TAG.sub(lambda tag: "" if _WITHIN_A_LINE.match(tag[0]) else "\n", html)
    return _INDENTATION.sub("", lines)


def _without_marks(markdown: str) -> str:
    text = _COMMENT.sub(" ", markdown) if "<!--" in markdown else markdown
    text = _FENCE.sub("", text) if "```" in text or "~~~" in text else text
    text = _BLOCK_MARKS.sub("", text)
    if "[" in text:
        text = _LINK.sub(r"\1", _WIKI.sub(_shown, text))
    if "<" in text:
        text = _TAG.sub("", text)
    return _SIGNS.sub(_space_for_a_bar, text)


def _shown(link: re.Match[str]) -> str:
    return (link[2] or link[1]).strip()


def _space_for_a_bar(sign: re.Match[str]) -> str:
    return " " if sign[0] == "|" else ""


def search_words(markdown: str) -> str:
    """All words of a note for the index: link targets too, and what a comment or code says, but no marks."""
    text = _BLOCK_MARKS.sub("", markdown)
    if "[" in text:
        text = _LINK.sub(r"\1", _WIKI.sub(_target_and_shown, text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(_SIGNS.sub(_space_for_a_bar, text).split())


def _target_and_shown(link: re.Match[str]) -> str:
    return f"{link[1]} {link[2]}" if link[2] else link[1]
