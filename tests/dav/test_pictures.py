"""The picture of a person goes out with their card and comes back with it."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from tests.dav.conftest import make_card


def picture(colour: str) -> str:
    kept = BytesIO()
    Image.new("RGB", (40, 30), colour).save(kept, "JPEG")
    return f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(kept.getvalue()).decode()}"


async def avatar(database, person) -> str | None:
    async with database.reading(person.id) as connection:
        return await connection.fetchval("select avatar from contacts where not is_self")


@pytest.fixture
async def with_picture(phone):
    assert (await phone.put("a.vcf", make_card("Ana", "u-1", picture("red")))).status_code == 201
    return (await phone.ask("GET", "a.vcf")).text


async def test_it_is_kept_and_served(phone, with_picture, database, alice, alices):
    assert await avatar(database, alice)
    assert "PHOTO;ENCODING=b;TYPE=" in with_picture
    four = (await phone.ask("GET", "a.vcf", Accept="text/vcard; version=4.0")).text
    assert "PHOTO:data:image/" in four


async def test_a_change_of_something_else_leaves_it(phone, with_picture, database, alice):
    before = await avatar(database, alice)
    assert (await phone.put("a.vcf", with_picture.replace("FN:Ana", "FN:Ana B"))).status_code == 204
    assert await avatar(database, alice) == before


async def test_another_takes_its_place_and_none_takes_it_away(phone, with_picture, database, alice):
    before = await avatar(database, alice)
    await phone.put("a.vcf", make_card("Ana", "u-1", picture("blue")))
    assert await avatar(database, alice) not in (None, before)
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    assert await avatar(database, alice) is None


async def test_what_nobody_can_draw_costs_nobody_their_card(phone, database, alice):
    broken = f"PHOTO;ENCODING=b;TYPE=JPEG:{b64encode(bytes([255, 216]) + b' no picture').decode()}"
    assert (await phone.put("a.vcf", make_card("Ana", "u-1", broken))).status_code == 201
    assert await avatar(database, alice) is None
