"""Nothing is said past gettext, and every language says all of it (docs/translating.md)."""

from __future__ import annotations

import ast
import html
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import nodes

from app.settings import PROJECT
from app.web.locale import LOCALES, SUPPORTED

# What these say is read at a console, in a log or in a file of it: English.
CONSOLE = (
    "cli.py", "commands/", "embedded/", "settings.py", "supervisor.py", "worker.py", "main.py", "core/", "ports/",
    "backup/archive.py", "backup/dumping.py", "backup/service.py", "importing/report.py", "search/indexing.py",
    "tls/authority.py", "tls/console.py", "tls/files.py", "tls/keeping.py", "tls/making.py", "tls/names.py",
    "tls/knocking.py",
    # What clients of a protocol are told by their code, and what a program's writer reads.
    "dav/answers.py", "dav/signing_in.py", "inbox/api.py",
    # What a model is asked, and nobody reads.
    "search/calibrating.py", "insights/telling.py", "naming/refining.py",
    "setting_checks.py",
)  # fmt: skip
# Names, which are the same in every language.
NAMES = {
    "Hearth",
    "Edge",
    "Firefox",
    "Chrome",
    "Safari",
    "Android",
    "Windows",
    "Mac",
    "Mac OS",
    "Linux",
    "English",
    "Deutsch",
    "Ollama",
    # What a model is told before a question is in its language, not in the reader's.
    'Answer as JSON: {"word": "…"}, with one English word for what is asked for.',
    "Where a fire burns inside a house.",
    # Headers of a mail.
    "Subject",
    "From",
    "To",
    "Date",
    "Instruct: Given a question, retrieve notes that answer it\nQuery: ",
}
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "gettext_noop"}
SAYING = {"say", "HearthError", "Invalid", "Forbidden", "NotFound", "Conflict", "TooMany", "Unavailable",
          "WrongSignIn", "UnreadableError"}  # fmt: skip
SPOKEN = re.compile(r"[A-Z][a-z’'-]+($| [a-zA-Z]|[.!?:…])")
PLACEHOLDER = re.compile(r"%\((\w+)\)")
TRANSLATIONS = sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))


def spoken_modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((PROJECT / "app").rglob("*.py")):
        if not path.relative_to(PROJECT / "app").as_posix().startswith(CONSOLE):
            yield path, ast.parse(path.read_text())


def name_of(call: ast.AST) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""


def strings(node: ast.AST, saying: bool = False) -> Iterator[tuple[ast.Constant, bool]]:
    """The literals below a node that did not go through gettext, and whether an error or a toast would say them."""
    if name_of(node) in GETTEXT | {"TypeVar"} or (
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ):
        return
    saying = saying or name_of(node) in SAYING
    for field, below in ast.iter_fields(node):
        if isinstance(node, ast.Dict) and field == "keys":
            continue
        for child in below if isinstance(below, list) else [below]:
            if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(node, ast.Expr):
                yield child, saying
            elif isinstance(child, ast.AST):
                yield from strings(child, saying)


def is_spoken(text: str, saying: bool) -> bool:
    return text not in NAMES and bool(SPOKEN.match(text) or (saying and re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", text)))


def test_no_module_of_the_web_says_a_sentence_past_gettext():
    past = []
    for path, tree in spoken_modules():
        for literal, saying in strings(tree):
            if is_spoken(literal.value, saying):
                past.append(f"{path.relative_to(PROJECT)}:{literal.lineno}: {literal.value}")
    assert not past


def test_gettext_is_given_whole_sentences():
    """A constant as it stands, so that it is extracted; or one that `gettext_noop` marked."""
    for path, tree in spoken_modules():
        for node in ast.walk(tree):
            if name_of(node) in GETTEXT and path.name != "locale.py":
                first = node.args[0]
                is_kept = getattr(first, "attr", "") in {"label", "reason", "told"}
                is_kept = is_kept or (isinstance(first, ast.Subscript) and ast.unparse(first.value).isupper())
                marked = is_kept or (isinstance(first, ast.Name) and first.id.isupper())
                assert isinstance(first, ast.Constant) or marked, f"{path}:{node.lineno}"


def test_no_template_hands_on_a_word_past_gettext():
    past = []
    for path in sorted((PROJECT / "templates").rglob("*.html")):
        # Not by the application's own environment, which folds what goes through gettext.
        tree = jinja2.Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text())  # noqa: S701 (not rendered)
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT:
                assert all(isinstance(word, nodes.Const) for word in call.args[:1]), f"{path}:{call.lineno}"
                call.args = []
        past += [
            f"{path.name}:{const.lineno}: {const.value}"
            for const in tree.find_all(nodes.Const)
            if isinstance(const.value, str) and SPOKEN.match(const.value)
        ]
    assert not past


@pytest.mark.parametrize("path", sorted((PROJECT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_attribute_that_is_read_out_holds_a_word_past_gettext(path: Path):
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.S)
    read = re.findall(r'\s(?:title|alt|placeholder|aria-label|aria-description|data-confirm)="([^"]*)"', plain)
    read += re.findall(r'\sdata-[\w-]+="([^"]* [^"]*)"', plain)
    read += re.findall(r'<(?:button|input[^>]*type="(?:submit|button)")[^>]*\svalue="([^"]*)"', plain)
    assert not [words for words in map(html.unescape, read) if re.search(r"[A-Za-z]{2,}", words)]


@pytest.mark.parametrize("path", sorted((PROJECT / "static" / "js").rglob("*.js")), ids=lambda path: path.name)
def test_scripts_say_only_what_the_page_gave_them(path: Path):
    code = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
    literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    said = [text for pair in literals for text in pair if re.match(r"[A-Z][a-z]+([ .!?…]|$)", text)]
    events = {"Enter", "Escape", "Tab", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "AbortError"}
    assert not set(said) - events


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `.ci/words` would find now."""
    pot = tmp_path_factory.mktemp("words") / "messages.pot"
    words = ["-m", "babel.messages.frontend", "-q", "extract", "--mapping", "pyproject.toml"]
    subprocess.run([sys.executable, *words, "--keyword", "gettext_noop", "-o", str(pot), "."], cwd=PROJECT, check=True)
    return read_po(BytesIO(pot.read_bytes()))


def sentences(catalog: Catalog) -> dict[tuple[str | None, str], Message]:
    return {(message.context, one(message.id)): message for message in catalog if message.id}


def one(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_sentence_of_the_sources_is_found_by_the_extraction(extracted: Catalog):
    """Some are not (one within an f-string, say), and nobody would ever be asked to translate them."""
    known = {text for _context, text in sentences(extracted)}
    for path, tree in spoken_modules():
        for node in ast.walk(tree):
            if name_of(node) in GETTEXT - {"pgettext"} and isinstance(node.args[0], ast.Constant):
                assert node.args[0].value in known, f"{path}:{node.lineno}"


def test_every_language_but_english_has_a_translation():
    assert {path.parent.parent.name for path in TRANSLATIONS} == set(SUPPORTED) - {"en"}


@pytest.mark.parametrize("path", [LOCALES / "messages.pot", *TRANSLATIONS], ids=lambda path: path.parent.parent.name)
def test_a_catalogue_is_in_step_with_the_sources(path: Path, extracted: Catalog):
    catalog = sentences(read_po(BytesIO(path.read_bytes())))
    assert set(catalog) == set(sentences(extracted)), "run .ci/words"


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parent.parent.name)
def test_a_translation_is_complete_and_keeps_what_belongs_to_the_sentence(path: Path):
    catalog = read_po(BytesIO(path.read_bytes()))
    assert not catalog.fuzzy
    assert not catalog.obsolete
    for message in sentences(catalog).values():
        given, said = forms(message.id), forms(message.string)
        assert all(said), f"not translated: {given}"
        assert not message.fuzzy, given
        assert len(said) == (catalog.num_plurals if message.pluralizable else 1), given
        wanted = set(PLACEHOLDER.findall(given[-1]))
        for text in said:
            # A form for one may leave the number out.
            found = set(PLACEHOLDER.findall(text))
            assert found == wanted or found | {"num"} == wanted, (given, text)
            assert (text.strip() == text) == (given[0].strip() == given[0]), (given, text)
            assert text.rstrip()[-1:] in ".:?" if given[-1][-1:] in ".:?" else text[-1:] not in ".:", (given, text)
