"""Choosing a model in Settings: tried before it is taken, its key never shown, and only for administrators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.sealing import seal, unseal
from app.ports.addresses import leaves_the_house
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.search.choosing import PRESETS
from app.search.filling import fill_models
from tests.conftest import work_through, write
from tests.ports.test_remote import KEY, Provider, provider_server

PAGE = "/settings/meaning"


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider_server() as provider:
        yield provider


@pytest.fixture
async def owner_alice(alices, owner, alice):
    await owner.execute("update users set role = 'owner' where id = $1", alice.id)
    return alices


def form(server: Provider, **fields: str) -> dict[str, str]:
    return {"provider": "ollama", "address": server.address, "name": "a-model", "batch_size": "8",
            "timeout_seconds": "5", **fields}  # fmt: skip


async def test_from_the_form_to_an_answer_by_another_model(
    owner_alice, database, worker_database, reactor, owner, settings, alice, server, application
):
    await write(database, alice, "Bread", "rye and salt")
    await work_through(reactor)
    answer = await owner_alice.post(PAGE, form(server, key=KEY, document_prefix="text: "))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    page = (await owner_alice.get(PAGE)).text
    assert "a-model" in page
    assert KEY not in page
    row = await owner.fetchrow("select * from embedding_models where name = 'a-model'")
    assert KEY not in str(row)
    assert unseal(settings, row["sealed_key"]) == KEY
    models = Models(make_embedder("fake"), lambda sealed: unseal(settings, sealed))
    await fill_models(worker_database, models)
    assert "text: Bread\nrye and salt" in [text for _, asked, _ in server.asked for text in asked["input"]]
    given = application.dependencies["shared"]
    given.dependency().models._unseal = models._unseal
    page = (await owner_alice.get("/search?q=rye+salt")).text
    assert "Bread" in page
    assert server.asked[-1][1]["input"] == ["rye salt"]
    assert server.asked[-1][2] == f"Bearer {KEY}"


async def test_a_try_saves_nothing_and_says_what_came_of_it(owner_alice, owner, server):
    page = await owner_alice.post(f"{PAGE}/try", form(server, key=KEY))
    assert "It answers: 64 dimensions" in page.text
    assert KEY not in page.text
    server.how = "404"
    page = await owner_alice.post(f"{PAGE}/try", form(server, key=KEY))
    assert (page.status_code, "was refused (404)" in page.text, KEY in page.text) == (200, True, False)
    assert await owner.fetchval("select count(*) from embedding_models") == 0


async def test_what_does_not_answer_is_not_taken_and_what_was_typed_stays(owner_alice, owner, server):
    server.how = "503"
    page = await owner_alice.post(PAGE, form(server, query_prefix="my own: ", name="mine"))
    assert page.status_code == 422
    assert "trouble of its own" in page.text
    assert "my own: " in page.text
    assert 'value="mine"' in page.text
    assert await owner.fetchval("select count(*) from embedding_models") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("provider", "telnet"), ("address", "ftp://a"), ("address", "http://me:secret@host"), ("address", "http://"),
     ("address", "http://a b"), ("name", ""), ("name", "a\x07b"), ("batch_size", "0"), ("batch_size", "many"),
     ("timeout_seconds", "9999"), ("dimensions", "5000"), ("key", "é"), ("query_prefix", "a" * 201)],
)  # fmt: skip
async def test_what_cannot_be_used_is_told_at_its_field(owner_alice, owner, server, name, value):
    page = await owner_alice.post(PAGE, form(server, **{name: value}))
    assert page.status_code == 422
    assert not server.asked
    assert await owner.fetchval("select count(*) from embedding_models") == 0


async def test_an_empty_key_keeps_the_known_one(owner_alice, owner, settings, server):
    for key in (KEY, ""):
        await owner_alice.post(PAGE, form(server, key=key))
    sealed = await owner.fetchval("select sealed_key from embedding_models where name = 'a-model'")
    assert unseal(settings, sealed) == KEY
    assert server.asked[-1][2] == f"Bearer {KEY}"


async def test_pause_go_on_give_up_and_take_up_again(owner_alice, owner, server):
    await owner_alice.post(PAGE, form(server))
    model = await owner.fetchval("select id from embedding_models")
    for verb, expected in (("pause", ("filling", True)), ("resume", ("filling", False)), ("cancel", ("retired", False)),
                           ("again", ("filling", False))):  # fmt: skip
        assert (await owner_alice.post(f"{PAGE}/{model}/{verb}")).status_code == 303
        assert tuple(await owner.fetchrow("select state, is_paused from embedding_models")) == expected
    assert (await owner_alice.post(f"{PAGE}/{model}/dance")).status_code == 404
    assert (await owner_alice.post(f"{PAGE}/99999/pause")).status_code == 404


async def test_back_to_the_model_that_comes_along_when_its_row_is_long_gone(owner_alice, owner, server):
    await owner_alice.post(PAGE, form(server))
    await owner.execute("update embedding_models set state = 'active'")
    assert "Back to word-hash" in (await owner_alice.get(PAGE)).text
    assert (await owner_alice.post(f"{PAGE}/own")).status_code == 303
    rows = dict(await owner.fetch("select name, state from embedding_models"))
    assert rows == {"a-model": "active", "word-hash": "filling"}
    assert "Back to word-hash" not in (await owner_alice.get(PAGE)).text


async def test_members_see_and_do_nothing_of_it(bobs, owner, bob, server):
    await owner.execute("update users set role = 'member' where id = $1", bob.id)
    assert (await bobs.get(PAGE)).status_code == 404
    assert (await bobs.post(PAGE, form(server))).status_code == 404
    assert (await bobs.post(f"{PAGE}/try", form(server))).status_code == 404
    assert not server.asked


@pytest.mark.parametrize(
    ("address", "leaves"),
    [("http://127.0.0.1:11434", False), ("http://[::1]:11434", False), ("http://192.168.1.4", False),
     ("http://ollama:11434", False), ("http://nas.local", False), ("https://api.openai.com/v1", True),
     ("https://8.8.8.8", True)],
)  # fmt: skip
def test_it_says_when_texts_would_leave_the_house(address, leaves):
    assert leaves_the_house(address) is leaves


async def test_each_known_model_fills_the_form(owner_alice):
    for preset, wish in PRESETS.items():
        page = (await owner_alice.get(f"{PAGE}?preset={preset}")).text
        assert f'value="{wish.name}"' in page
        assert f'value="{wish.address}"' in page


def test_what_is_sealed_opens_only_here(settings, tmp_path):
    from dataclasses import replace

    from app.core.sealing import Unreadable

    sealed = seal(settings, KEY)
    assert KEY not in sealed
    assert unseal(settings, sealed) == KEY
    assert seal(settings, "") == unseal(settings, "") == ""
    with pytest.raises(Unreadable):
        unseal(replace(settings, data_dir=tmp_path), sealed)
