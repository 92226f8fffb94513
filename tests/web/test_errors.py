"""What goes wrong is told on a page that leads on."""

from __future__ import annotations

from uuid import uuid4


async def test_an_error_keeps_the_frame_for_whoever_is_signed_in(alices, anybody):
    inside = await alices.get(f"/notes/{uuid4()}")
    assert inside.status_code == 404
    assert 'class="rail"' in inside.text
    assert inside.text.count("<h1>") == 1
    outside = await anybody.get("/nowhere")
    assert outside.status_code == 404
    assert 'class="rail"' not in outside.text
    assert outside.text.count("<h1>") == 1


async def test_a_fragment_s_error_is_the_sentence_alone(alices):
    answer = await alices.get(f"/notes/{uuid4()}", **{"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<section class="error-page"')
