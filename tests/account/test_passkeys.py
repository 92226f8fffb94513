"""Passkeys: a device's signature opens the door instead of password and second step, once, here, for its own person."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from app.account import challenges
from app.account.passkeys import _verify_new, _verify_use
from app.account.relying_party import RelyingParty
from app.account.service import hash_password
from app.settings import PROJECT
from app.web.auth import COOKIE
from tests.account.device import ECDSA, EDDSA, IS_KEPT, MAY_BE_KEPT, PRESENT, RSA, VERIFIED, Device
from tests.account.test_members import fill, reset_link
from tests.account.test_second_step import switch_on
from tests.conftest import PASSWORD, Browser, make_client

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


@pytest.fixture
async def alices(alices: Browser, owner, alice) -> Browser:
    return await at_localhost(alices, owner)


@pytest.fixture
async def bobs(bobs: Browser, owner, bob) -> Browser:
    return await at_localhost(bobs, owner)


async def at_localhost(browser: Browser, owner) -> Browser:
    browser.http.base_url = "http://localhost"
    hashed = await hash_password(PASSWORD)
    await owner.execute("update users set password_hash = $2 where id = $1", browser.person.id, hashed)
    return browser


@pytest.fixture
async def stranger(application) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the door, which has no session."""
    async with make_client(application) as http:
        http.base_url = "http://localhost"
        yield http


async def add(browser: Browser, device: Device, name: str = "My phone") -> httpx.Response:
    options = await browser.post("/account/passkeys/options", {"password": PASSWORD})
    return await browser.post("/account/passkeys", {"credential": device.make(options.json()), "name": name})


async def ask(http: httpx.AsyncClient) -> tuple[str, dict]:
    """The door's form token, and what the device shall sign."""
    token = TOKEN.search((await http.get("/sign-in")).text)[1]
    return token, (await http.post("/sign-in/passkey/options", data={"_csrf_token": token})).json()


async def knock(http: httpx.AsyncClient, device: Device) -> httpx.Response:
    token, options = await ask(http)
    return await send(http, token, device.sign(options))


async def path_of(owner) -> str:
    """The page of the only passkey."""
    return f"/account/passkeys/{await owner.fetchval('select id from passkeys')}"  # noqa: S608


async def send(http: httpx.AsyncClient, token: str, answer: str) -> httpx.Response:
    return await http.post("/sign-in/passkey", data={"_csrf_token": token, "credential": answer, "next": "/people"})


def was_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and 'role="alert"' in answer.text and COOKIE not in answer.cookies


async def test_a_passkey_opens_instead_of_password_and_second_step(alices, stranger, owner):
    await switch_on(alices)
    device = Device()
    assert (await add(alices, device)).headers["location"] == "/account/passkeys"
    answer = await knock(stranger, device)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert "Alice" in (await stranger.get("/people")).text
    assert await owner.fetchval("select last_used_at is not null from passkeys")


@pytest.mark.parametrize("algorithm", [ECDSA, EDDSA, RSA])
async def test_each_kind_of_key_that_is_asked_for_is_understood(alices, stranger, algorithm):
    device = Device(algorithm=algorithm)
    options = (await alices.post("/account/passkeys/options", {"password": PASSWORD})).json()
    assert algorithm in [kind["alg"] for kind in options["pubKeyCredParams"]]
    await add(alices, device)
    assert (await knock(stranger, device)).status_code == 303


async def test_the_session_that_was_there_before_is_worth_nothing_after_it(alices, stranger):
    device = Device()
    await add(alices, device)
    first = (await knock(stranger, device)).cookies[COOKIE]
    second = (await knock(stranger, device)).cookies[COOKIE]
    assert first != second
    stranger.cookies.clear()
    stranger.cookies.set(COOKIE, first)
    assert (await stranger.get("/notes")).status_code == 303


async def test_the_list_says_what_a_passkey_is_called_and_when_it_was_used(alices, stranger):
    single, synced = Device(flags=PRESENT | VERIFIED), Device()
    await add(alices, single, "Key on the ring")
    await add(alices, synced, "Phone")
    page = (await alices.get("/account/passkeys")).text
    assert page.index("Key on the ring") < page.index("Phone")
    assert (page.count("not used yet"), page.count("on one device only")) == (2, 1)
    await knock(stranger, synced)
    assert (await alices.get("/account/passkeys")).text.count("last used on") == 1


async def test_a_name_is_suggested_by_the_browser(alices):
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    assert 'value="Chrome, Linux"' in (await alices.get("/account/passkeys", **{"user-agent": agent})).text


@pytest.mark.parametrize("name", ["", "  ", "nul\0", "x" * 101])
async def test_a_name_that_cannot_be_kept_is_said_and_nothing_is_added(alices, owner, name):
    answer = await add(alices, Device(), name)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    assert await owner.fetchval("select count(*) from passkeys") == 0


async def test_it_is_renamed(alices, owner):
    await add(alices, Device())
    path = await path_of(owner)
    refused = await alices.post(f"{path}/rename", {"name": "y" * 101})
    assert (refused.status_code, "y" * 101 in refused.text) == (422, True)
    assert (await alices.post(f"{path}/rename", {"name": " Kitchen tablet "})).status_code == 303
    assert "Kitchen tablet" in (await alices.get(path)).text
    assert await owner.fetchval("select name from passkeys") == "Kitchen tablet"


async def test_it_is_removed_after_the_password_and_opens_no_more(alices, stranger, owner):
    device = Device()
    await add(alices, device)
    path = f"{await path_of(owner)}/remove"
    assert (await alices.post(path, {"password": "wrong wrong wrong"})).status_code == 422
    assert (await knock(stranger, device)).status_code == 303
    assert (await alices.post(path, {"password": PASSWORD})).status_code == 303
    assert was_refused(await knock(stranger, device))


async def test_whoever_finds_a_session_open_adds_no_passkey_without_the_password(alices, owner):
    answer = await alices.post("/account/passkeys/options", {"password": "wrong wrong wrong"})
    assert answer.status_code == 422
    assert "not your current password" in answer.json()["sentence"]
    assert "challenge" not in answer.text


async def test_another_person_neither_sees_nor_changes_it(alices, bobs, stranger, owner):
    device = Device()
    await add(alices, device, "Secret")
    path = await path_of(owner)
    assert "Secret" not in (await bobs.get("/account/passkeys")).text
    assert (await bobs.get(path)).status_code == 404
    assert (await bobs.post(f"{path}/rename", {"name": "Mine"})).status_code == 404
    assert (await bobs.post(f"{path}/remove", {"password": PASSWORD})).status_code == 404
    options = (await bobs.post("/account/passkeys/options", {"password": PASSWORD})).json()
    assert options["excludeCredentials"] == []
    assert await owner.fetchval("select name from passkeys") == "Secret"


async def test_a_key_that_is_known_cannot_be_added_by_another(alices, bobs, owner, alice):
    device = Device()
    await add(alices, device)
    answer = await add(bobs, Device(credential_id=device.credential_id))
    assert answer.status_code == 422
    assert "added already" in answer.text
    assert await owner.fetchval("select array_agg(user_id) from passkeys") == [alice.id]


async def test_one_person_s_key_does_not_open_as_another(alices, bobs, stranger):
    alice, bob = Device(), Device()
    await add(alices, alice)
    await add(bobs, bob)
    forged = Device(credential_id=alice.credential_id, key=bob.key, user_handle=alice.user_handle)
    assert was_refused(await knock(stranger, forged))
    forged = Device(credential_id=bob.credential_id, key=bob.key, user_handle=alice.user_handle)
    assert was_refused(await knock(stranger, forged))
    assert was_refused(await knock(stranger, Device(credential_id=bob.credential_id, key=bob.key)))


async def test_an_answer_is_taken_once(alices, stranger):
    device = Device()
    await add(alices, device)
    token, options = await ask(stranger)
    answer = device.sign(options)
    assert (await send(stranger, token, answer)).status_code == 303
    assert was_refused(await send(stranger, token, answer))
    assert was_refused(await send(stranger, token, device.sign(options)))


async def test_a_device_s_first_answer_adds_it_once(alices, owner):
    options = (await alices.post("/account/passkeys/options", {"password": PASSWORD})).json()
    answer = Device().make(options)
    assert (await alices.post("/account/passkeys", {"credential": answer, "name": "One"})).status_code == 303
    await owner.execute("delete from passkeys")
    assert (await alices.post("/account/passkeys", {"credential": answer, "name": "Two"})).status_code == 422
    assert await owner.fetchval("select count(*) from passkeys") == 0


async def test_a_challenge_is_good_for_the_browser_that_asked_for_it(alices, stranger, application):
    device = Device()
    await add(alices, device)
    _token, options = await ask(stranger)
    async with make_client(application) as other:
        other.base_url = "http://localhost"
        token, _options = await ask(other)
        assert was_refused(await send(other, token, device.sign(options)))


async def test_a_challenge_to_sign_in_adds_nothing(alices, stranger, owner):
    _token, options = await ask(stranger)
    added = (await alices.post("/account/passkeys/options", {"password": PASSWORD})).json()
    answer = Device().make(added | {"challenge": options["challenge"]})
    assert (await alices.post("/account/passkeys", {"credential": answer, "name": "x"})).status_code == 422
    assert await owner.fetchval("select count(*) from passkeys") == 0


async def test_a_challenge_runs_out(alices, stranger, monkeypatch):
    device = Device()
    await add(alices, device)
    token, options = await ask(stranger)
    later = time.time() + challenges.SECONDS + 1
    monkeypatch.setattr(challenges.time, "time", lambda: later)
    assert was_refused(await send(stranger, token, device.sign(options)))


WRONG = {
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": "http://localhost:1"},
    "another host": {"host": "evil.example"},
    "nobody there": {"flags": VERIFIED | MAY_BE_KEPT | IS_KEPT},
    "nobody verified": {"flags": PRESENT | MAY_BE_KEPT | IS_KEPT},
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_a_device_signed_wrongly_opens_and_adds_nothing(alices, stranger, owner, what):
    assert (await add(alices, Device(**WRONG[what]))).status_code == 422
    assert await owner.fetchval("select count(*) from passkeys") == 0
    device = Device()
    await add(alices, device)
    for name, value in WRONG[what].items():
        setattr(device, name, value)
    assert was_refused(await knock(stranger, device))


async def test_a_counter_that_goes_back_tells_of_a_copy(alices, stranger):
    device = Device(counts=1)
    await add(alices, device)
    assert (await knock(stranger, device)).status_code == 303
    assert (await knock(stranger, device)).status_code == 303
    for counter in (0, -1):
        device.counter += counter
        device.counts = 0
        answer = await knock(stranger, device)
        assert was_refused(answer)
        assert "as a copy of it would be" in answer.text
    device.counts = 7
    assert (await knock(stranger, device)).status_code == 303


async def test_a_device_that_counts_nothing_opens_again_and_again(alices, stranger):
    device = Device()
    await add(alices, device)
    assert [(await knock(stranger, device)).status_code for _time in range(3)] == [303, 303, 303]


async def test_a_counter_that_fell_to_nothing_is_refused(alices, stranger):
    device = Device(counts=1)
    await add(alices, device)
    await knock(stranger, device)
    device.counter, device.counts = 0, 0
    assert was_refused(await knock(stranger, device))


async def test_who_is_suspended_stays_outside(alices, bobs, bob, stranger):
    device = Device()
    await add(bobs, device)
    await alices.post(f"/members/{bob.id}/suspend")
    assert was_refused(await knock(stranger, device))
    await alices.post(f"/members/{bob.id}/readmit")
    assert (await knock(stranger, device)).status_code == 303


async def test_a_reset_by_an_administrator_removes_them(alices, bobs, bob, stranger, owner):
    bob_s, alice_s = Device(), Device()
    await add(bobs, bob_s)
    await add(alices, alice_s)
    alices.http.base_url = "http://127.0.0.1"
    path = await reset_link(alices, bob)
    assert "your passkeys and tokens are removed" in (await stranger.get(path)).text
    assert (await knock(stranger, bob_s)).status_code == 303
    await stranger.post("/sign-out")
    assert (await fill(stranger, path, {"password": "five words are easier"})).status_code == 303
    assert was_refused(await knock(stranger, bob_s))
    assert (await knock(stranger, alice_s)).status_code == 303


async def test_tries_are_counted(alices, stranger):
    device = Device()
    await add(alices, device)
    device.host = "evil.example"
    answers = [(await knock(stranger, device)).status_code for _try in range(11)]
    assert answers == [422] * 10 + [429]
    device.host = "localhost"
    late = await knock(stranger, device)
    assert (late.status_code, late.headers["retry-after"]) == (429, "900")


async def test_tries_from_one_address_are_counted_over_all_passkeys(alices, stranger):
    token, options = await ask(stranger)
    device = Device()
    await add(alices, device)
    forged = [json.loads(device.sign(options)) | {"id": f"{number:04}"} for number in range(31)]
    answers = [(await send(stranger, token, json.dumps(answer))).status_code for answer in forged]
    assert answers[-2:] == [422, 429]


@pytest.mark.parametrize("path", ["/sign-in/passkey", "/sign-in/passkey/options"])
async def test_the_door_s_forms_need_their_token(stranger, path):
    await stranger.get("/sign-in")
    assert (await stranger.post(path, data={"_csrf_token": "0" * 64})).status_code == 403


async def test_a_browser_without_the_visit_s_cookie_has_no_challenge_of_its_own(alices):
    options = (await alices.post("/sign-in/passkey/options")).json()
    device = Device()
    await add(alices, device)
    assert was_refused(await alices.post("/sign-in/passkey", {"credential": device.sign(options)}))


@pytest.mark.parametrize("answer", ["", "{", "[]", "null", '{"id": 1}', "[" * 60_000, "x" * 70_000, '{"id": "é"}'])
async def test_what_is_no_answer_is_refused_in_kind(alices, stranger, answer):
    token, _options = await ask(stranger)
    assert was_refused(await send(stranger, token, answer))
    assert (await alices.post("/account/passkeys", {"credential": answer, "name": "x"})).status_code == 422


async def test_at_a_number_the_page_says_why_there_is_no_button(alices, stranger):
    for http, path in ((stranger, "/sign-in"), (alices.http, "/account/passkeys")):
        page = (await http.get(path)).text
        assert "hearth-passkey" in page
        assert "webauthn" in page or path != "/sign-in"
        for host, here in (("127.0.0.1:8484", True), ("192.168.1.5", False), ("hearth.example.org", False)):
            page = (await http.get(path, headers={"host": host})).text
            assert "a name with https" in page
            assert "hearth-passkey" not in page
            assert (f"http://localhost:8484{path}" in page) is here


async def test_a_passkey_of_another_name_is_shown_with_that_name_and_opens_nothing(alices, stranger, owner):
    device = Device()
    await add(alices, device)
    await owner.execute("update passkeys set relying_party = 'old.example.org'")
    assert "works only at old.example.org" in (await alices.get("/account/passkeys")).text
    assert was_refused(await knock(stranger, device))


async def test_where_there_can_be_no_passkeys_none_is_added(alices, owner):
    options = (await alices.post("/account/passkeys/options", {"password": PASSWORD})).json()
    answer = {"credential": Device(origin="", host="").make(options), "name": "x"}
    assert (await alices.post("/account/passkeys", answer, host="192.168.1.5")).status_code == 422
    assert await owner.fetchval("select count(*) from passkeys") == 0


async def test_neither_challenge_nor_key_is_logged_or_shown(alices, stranger, capsys):
    device = Device()
    await add(alices, device)
    token, options = await ask(stranger)
    device.host = "evil.example"
    await send(stranger, token, device.sign(options))
    assert options["challenge"] not in "".join(capsys.readouterr())
    assert options["challenge"] not in (await alices.get("/account/passkeys")).text


PARTY = RelyingParty("localhost", "http://localhost")
OPTIONS = {"challenge": bytes_to_base64url(b"c" * 56), "user": {"id": "YWxpY2U"}}
ODD = st.sampled_from([None, 1, [], {}, "", "é", "!", "AA", "oA", "gg", "n" * 400])


def answers() -> tuple[str, str, bytes]:
    """What a device answers to both questions, and its public key."""
    device = Device()
    made = device.make(OPTIONS)
    return made, device.sign(OPTIONS), _verify_new(made, b"c" * 56, PARTY).public_key


MADE, SIGNED, PUBLIC = answers()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_a_browser_sends_is_judged_and_breaks_nothing(data):
    """One part is replaced by something odd, or one of its bytes is turned over."""
    for answer, judge in ((MADE, _verify_new), (SIGNED, partial(_verify_use, public_key=PUBLIC))):
        told = json.loads(answer)
        place = data.draw(st.sampled_from([told, told["response"]]))
        name = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[name], str) and name != "type" and data.draw(st.booleans()):
            raw = bytearray(base64url_to_bytes(place[name]))
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at] ^= data.draw(st.integers(1, 255))
            place[name] = bytes_to_base64url(bytes(raw))
        else:
            place[name] = data.draw(ODD)
        judged = judge(json.dumps(told), b"c" * 56, PARTY)
        assert judged is None or name in ALLOWED or (judge is _verify_new and name == "clientDataJSON" and vows(told))


# Neither is signed: what the device calls its key, and how it may be reached; the user's handle is compared later.
ALLOWED = {"transports", "userHandle", "attestationObject"}


def vows(told: dict) -> bool:
    """A new key without attestation signs nothing: of what the browser says, these three are what counts."""
    said, meant = (json.loads(base64url_to_bytes(t["response"]["clientDataJSON"])) for t in (told, json.loads(MADE)))
    return all(said[part] == meant[part] for part in ("type", "challenge", "origin"))


def test_a_process_that_meets_no_passkey_loads_no_library():
    code = (
        "import sys, app.main; from app.account.passkeys import read_answer, sign_in_options;"
        "from app.account.relying_party import RelyingParty as P; sign_in_options(b'k', 'v', P('a', 'b'));"
        "read_answer('{}'); assert not {'webauthn', 'cryptography', 'cbor2', 'OpenSSL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
