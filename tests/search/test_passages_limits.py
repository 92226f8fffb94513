"""Passages within what the real model takes in, in any language, and in a time that any text can be given."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from app.ports.minilm import LONGEST_TOKENS
from app.ports.weights import find_weights
from app.search.passages import LONGEST_BODY, split_passages

Counter = Callable[[list[str]], list[int]]

HOSTILE: dict[str, Callable[[int], str]] = {
    "blanks": lambda n: "x" + " " * n + "x",
    "line ends": lambda n: "x" + "\n" * n + "x",
    "hashes and blanks": lambda n: "# " * (n // 2),
    "a heading of blanks": lambda n: "# " + " " * n + "x",
    "headings": lambda n: "# a\n" * (n // 4),
    "underlines": lambda n: "a\n=\n" * (n // 4),
    "a long underline": lambda n: "a\n" + "=" * n + "x",
    "fences": lambda n: "```\n" * (n // 4),
    "backticks": lambda n: "`" * n,
    "one letter": lambda n: "a" * n,
    "ideographs": lambda n: "漢" * n,
    "full stops": lambda n: "." * n,
    "quotes after a full stop": lambda n: "." + '"' * n,
    "combining marks": lambda n: "e" + "\u0301" * n,
    "nested lists": lambda n: "".join(" " * (line % 300) + "- a\n" for line in range(n // 154)),
    "NUL": lambda n: "\0" * n,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_time_grows_only_with_the_length(make: Callable[[int], str]):
    """Eight times the text may take eight times as long, with room for a busy machine, but not sixty-four times."""

    def seconds(text: str) -> float:
        times = []
        for _ in range(3):
            started = time.thread_time()
            split_passages("Bread", text)
            times.append(time.thread_time() - started)
        return min(times)

    assert seconds(make(120_000)) < 24 * seconds(make(15_000)) + 0.02


def test_what_lies_beyond_the_bound_is_left_to_the_words():
    passages = split_passages("Bread", "word " * 100_000)
    assert passages[-1].end == LONGEST_BODY - 1


@pytest.fixture(scope="module")
def count_tokens() -> Counter:
    tokenizer = Tokenizer.from_file(str(find_weights().with_name("tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [len(encoding.ids) for encoding in tokenizer.encode_batch(texts)]


HUMAN_RIGHTS = [
    "All human beings are born free and equal in dignity and rights. ",
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. ",
    "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. ",
    "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. ",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. ",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. ",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. ",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. ",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। ",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. ",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. ",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "人人生而自由，在尊严和权利上一律平等。",
]


@pytest.mark.parametrize("sentence", HUMAN_RIGHTS)
def test_the_model_reads_all_of_a_passage_in_any_language(sentence: str, count_tokens: Counter):
    texts = [passage.text for passage in split_passages(sentence * 3, f"# {sentence * 3}\n" + sentence * 200)]
    assert max(count_tokens(texts)) <= LONGEST_TOKENS


def test_the_model_reads_all_of_the_garden_s_passages(shared_data: Path, count_tokens: Counter):
    notes = one = 0
    with zipfile.ZipFile(shared_data / "garden.zip") as garden:
        for name in garden.namelist():
            if name.endswith(".md"):
                passages = split_passages(Path(name).stem, garden.read(name).decode("utf-8", "replace"))
                notes, one = notes + 1, one + (len(passages) == 1)
                if len(passages) > 1:
                    assert max(count_tokens([passage.text for passage in passages])) <= LONGEST_TOKENS, name
    assert one / notes > 0.85


def test_hostile_texts_are_cut_and_can_be_counted(shared_data: Path, count_tokens: Counter):
    strings = json.loads((shared_data / "hostile" / "naughty_strings.json").read_text())
    for text in [*strings, "\n".join(strings), "\n\n".join(strings)]:
        texts = [passage.text for passage in split_passages(text, text)]
        assert bool(texts) == bool(text.strip())
        assert not texts or max(count_tokens(texts)) <= LONGEST_TOKENS
