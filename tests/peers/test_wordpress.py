"""A WordPress site: one post after a lost answer, and what our simulator claims of it."""

from __future__ import annotations

import html
import itertools
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from channels.contract import Edit, Picture
from channels.failures import Reason, Reauthorise, Refused, Retry, Unknown
from channels.wordpress import WordPress, slug
from simulators import wordpress as simulated
from simulators.wordpress import AUTHOR
from tests.channels.rig import LATER, POST, Rig
from tests.faults_proxy import FaultProxy
from tests.peers.test_bluesky_pds import png
from tests.peers.wordpress import Site, User

numbers = itertools.count(1)
PUBLISH = b'{"status": "publish"'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(Path(tmp_path_factory.mktemp("wordpress"))) as site:
        yield site


@pytest.fixture
def user(site: Site) -> User:
    return site.user(f"torsby{next(numbers)}")


@pytest.fixture
def rig(user: User) -> Rig:
    return rig_of(user)


def rig_of(user: User) -> Rig:
    return Rig(
        WordPress(),
        lambda port: (
            {"site": f"http://127.0.0.1:{port}", "user": user.name}, {"password": user.password},
        ),
        user.site.port,
        lambda: len(user.posts()),
    )  # fmt: skip


def page(link: str | None) -> str:
    """The words between title and end of a post's page, as a visitor reads them."""
    assert link is not None
    with urllib.request.urlopen(link, timeout=20) as answer:
        found = re.search(
            r'class="[^"]*entry-content[^"]*">(.*?)</div>', answer.read().decode(), re.DOTALL
        )
    assert found is not None
    text = re.sub(r"</p>\s*<p[^>]*>", "\n\n", found[1]).replace("<br />", "")
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip()


def test_a_visitor_reads_the_text_word_for_word_and_it_is_read_back(rig: Rig, user: User) -> None:
    text = (
        'Koka "allt" vatten - även i Oleby... Se 8) på sidan [caption] 2x2 & <b>nu</b> 🚰\n'
        "Ring 112.\n\nLäs mer: https://torsby.example/h/vattnet/?a=1&b=2.\n\n"
        "Kl 14.30, uppdatering 3"
    )
    post = replace(POST, key="ord", text=text, title='Koka "vattnet" <nu>')
    assert rig.read_back(post) is None
    receipt = rig.publish(post=post)
    (made,) = user.posts()
    assert str(made["id"]) == receipt.remote_id
    assert html.unescape(made["title"]["rendered"]) == 'Koka "vattnet" <nu>'
    assert page(receipt.link) == text
    assert rig.read_back(post) == receipt


@pytest.mark.parametrize("mode", ["lose_answer", "truncate", "empty"])
def test_lesson_3_a_round_whose_answer_was_lost_is_one_post_however_often_it_is_sent(
    rig: Rig, user: User, mode: str
) -> None:
    post = replace(POST, key=f"tappat-{mode}")
    with FaultProxy(rig.port, mode, PUBLISH) as proxy, pytest.raises(Unknown):
        rig.publish(proxy.port, post)
    (made,) = user.posts()
    receipts = [rig.publish(post=post) for _attempt in range(3)]
    assert {receipt.remote_id for receipt in receipts} == {str(made["id"])}
    found = rig.read_back(post)
    assert found is not None and found.remote_id == str(made["id"])
    assert user.posts("draft") == []
    later = replace(LATER, key=f"senare-{mode}")
    assert rig.publish(post=later).remote_id != str(made["id"])
    assert rig.arrived() == 2


def test_a_draft_whose_answer_was_lost_is_the_one_that_is_published(rig: Rig, user: User) -> None:
    post = replace(POST, key="utkast")
    with FaultProxy(rig.port, "lose_answer", b'"draft"') as proxy, pytest.raises(Retry):
        rig.publish(proxy.port, post)
    (draft,) = user.posts("draft")
    assert rig.publish(post=post).remote_id == str(draft["id"])
    assert (len(user.posts()), user.posts("draft")) == (1, [])


@pytest.mark.parametrize("turn", range(3))
def test_attempts_side_by_side_leave_one_post(user: User, turn: int) -> None:
    """Each with a memory of its own: the console's one row would make them one after the other."""
    post = replace(POST, key=f"samtidigt-{turn}")
    rigs = [rig_of(user) for _each in range(8)]
    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(lambda rig: rig.publish(post=post, total=30), rigs))
    assert len({receipt.remote_id for receipt in receipts}) == 1
    assert len(user.posts()) == 1


def test_a_copy_is_published_under_a_slug_that_is_looked_for(rig: Rig, user: User) -> None:
    """As it is published, WordPress makes a copy's slug a copy's copy, unless it is given one."""
    post = replace(POST, key="kopia")
    draft = {"status": "draft", "title": "Kopia", "slug": slug(post)}
    first, second = (user.call("POST", "/posts", draft) for _each in range(2))
    user.call("DELETE", f"/posts/{first['id']}?force=true")
    user.call("POST", "/posts", draft)
    assert second["slug"] == f"{slug(post)}-2"
    receipt = rig.publish(post=post)
    assert receipt.remote_id == str(second["id"])
    assert rig_of(user).publish(post=post).remote_id == receipt.remote_id
    (made,) = user.posts()
    assert made["slug"] == f"{slug(post)}-2"


def test_a_correction_strikes_what_was_wrong_and_keeps_the_address(rig: Rig, user: User) -> None:
    receipt = rig.publish(post=replace(POST, key="rättelse"))
    change = Edit(
        key="e1", remote_id=receipt.remote_id,
        text="Oleby berörs inte. Rättelse: även Oleby.\n\nKl 14.40, rättad",
        struck=("Oleby berörs inte.",), language="sv",
    )  # fmt: skip
    with FaultProxy(rig.port, "lose_answer", b"<del>") as proxy:
        lost = rig.settings(proxy.port)
        with pytest.raises(Unknown):
            rig.ask(lambda client: rig.channel.edit(client, lost, change))
    again = rig.ask(lambda client: rig.channel.edit(client, rig.settings(), change))
    assert again.link == receipt.link
    (made,) = user.posts()
    assert "<del>Oleby berörs inte.</del> Rättelse" in made["content"]["rendered"]
    assert page(receipt.link) == change.text
    found = rig.read_back(replace(POST, key="rättelse"))
    assert found is not None and found.remote_id == receipt.remote_id


def test_what_is_deleted_is_not_in_the_trash_either(rig: Rig, user: User) -> None:
    post = replace(POST, key="bort")
    receipt = rig.publish(post=post)
    rig.delete(receipt.remote_id)
    assert (user.posts(), user.posts("trash")) == ([], [])
    assert rig.read_back(post) is None
    rig.delete(receipt.remote_id)
    with pytest.raises(Refused):
        rig.edit(receipt.remote_id, "Rättelse")


def sticky(user: User) -> list[str]:
    found = user.site.admin.call("GET", "/posts?sticky=true&per_page=100")
    return [str(one["id"]) for one in found]


def test_a_post_is_made_sticky_beside_the_municipalitys_own_and_no_longer(
    rig: Rig, user: User
) -> None:
    own = user.site.admin.call(
        "POST", "/posts", {"status": "publish", "title": "Vår egen", "sticky": True}
    )
    receipt = rig.publish(post=replace(POST, key="fäst"))
    with FaultProxy(rig.port, "lose_answer", b"sticky") as proxy, pytest.raises(Unknown):
        rig.pin(receipt.remote_id, proxy.port)
    rig.pin(receipt.remote_id)
    assert set(sticky(user)) == {str(own["id"]), receipt.remote_id}
    for _again in range(2):
        rig.pin(receipt.remote_id, lift=True)
        assert sticky(user) == [str(own["id"])]
    rig.pin(receipt.remote_id)
    rig.delete(receipt.remote_id)
    rig.pin(receipt.remote_id, lift=True)
    with pytest.raises(Refused):
        rig.pin(receipt.remote_id)
    neighbour = site_neighbour(user)
    theirs = rig_of(neighbour).publish(post=replace(POST, key="grannens fästa"))
    with pytest.raises(Refused) as error:
        rig.pin(theirs.remote_id)
    assert error.value.reason is Reason.RIGHTS


def site_neighbour(user: User) -> User:
    return user.site.user(f"granne{next(numbers)}")


def test_what_an_editor_has_put_in_the_trash_is_not_published_again(rig: Rig, user: User) -> None:
    post = replace(POST, key="papperskorg")
    receipt = rig.publish(post=post)
    user.site.admin.call("DELETE", f"/posts/{receipt.remote_id}")
    with pytest.raises(Refused) as error:
        rig.publish(post=post)
    assert error.value.detail == "stands as trash"
    with pytest.raises(Refused):
        rig.edit(receipt.remote_id, "Rättelse")
    assert rig.read_back(post) is None
    assert rig.arrived() == 0


def test_a_picture_is_the_posts_own_and_has_its_alt_text(rig: Rig, user: User) -> None:
    picture = Picture(data=png(), media_type="image/png", alt="Vit karta åäö", width=1, height=1)
    rig.publish(post=replace(POST, key="bild", pictures=(picture,)))
    (made,) = user.posts()
    media = user.call("GET", f"/media/{made['featured_media']}")
    assert (media["alt_text"], media["mime_type"]) == ("Vit karta åäö", "image/png")


def test_the_probe_names_the_account_and_what_it_lacks(rig: Rig, site: Site) -> None:
    ready = rig.probe()
    assert (ready.reason, ready.missing) == (None, ())
    assert ready.account is not None and ready.account.startswith("torsby")
    contributor = rig_of(site.user(f"skribent{next(numbers)}", "contributor")).probe()
    assert contributor.reason is Reason.RIGHTS
    assert "publish_posts" in contributor.missing


def test_a_wrong_password_asks_for_a_new_one(rig: Rig, user: User) -> None:
    user.password = "fel fel fel"
    with pytest.raises(Reauthorise):
        rig.publish(post=replace(POST, key="fel"))
    ready = rig.probe()
    assert ready.reason is Reason.CREDENTIALS
    assert "fel fel" not in ready.detail


def test_a_password_taken_back_asks_for_a_new_one(rig: Rig, site: Site, user: User) -> None:
    assert rig.probe().reason is None
    site.admin.call("DELETE", f"/users/{user.number}/application-passwords")
    with pytest.raises(Reauthorise):
        rig.publish(post=replace(POST, key="återkallat"))
    with pytest.raises(Reauthorise):
        rig.edit("1", "Rättelse")


@pytest.mark.parametrize("role", ["subscriber", "contributor"])
def test_a_login_without_the_right_to_publish_is_told_so(site: Site, role: str) -> None:
    user = site.user(f"{role}{next(numbers)}", role)
    rig = rig_of(user)
    assert rig.probe().reason is Reason.RIGHTS
    with pytest.raises(Refused) as error:
        rig.publish(post=replace(POST, key=f"rätt-{role}"))
    assert type(error.value) is Refused and error.value.reason is Reason.RIGHTS
    assert rig.arrived() == 0


def test_nobody_edits_or_deletes_what_somebody_else_wrote(rig: Rig, site: Site) -> None:
    neighbour = site.user(f"granne{next(numbers)}")
    theirs = rig_of(neighbour).publish(post=replace(POST, key="grannens"))
    with pytest.raises(Refused) as error:
        rig.edit(theirs.remote_id, "Rättelse")
    assert error.value.reason is Reason.RIGHTS
    with pytest.raises(Refused) as error:
        rig.delete(theirs.remote_id)
    assert error.value.reason is Reason.RIGHTS
    assert len(neighbour.posts()) == 1


def test_a_slug_of_ours_is_kept_as_we_made_it(rig: Rig, user: User) -> None:
    post = replace(POST, key="slug")
    rig.publish(post=post)
    assert [made["slug"] for made in user.posts()] == [slug(post)]


# The simulator says what the site says.


def questions(number: int, gone: int) -> Iterator[tuple[str, str, Any]]:
    """Method, path and value."""
    draft = {"slug": "budkavle-prov", "status": "draft", "title": "Prov", "content": "<p>Hej</p>"}
    yield "GET", "/users/me?context=edit&_fields=name,capabilities", None
    yield "GET", "/posts?slug=budkavle-prov&status=any,trash&_fields=id,slug,status,link", None
    yield "POST", "/posts?_fields=id,slug,status,link", draft
    yield "POST", "/posts?_fields=id,slug,status,link", draft
    yield "POST", "/posts?_fields=id,slug,status,link", {**draft, "status": "publish"}
    names = ",".join(["budkavle-prov", "budkavle-prov-2", "budkavle-prov-3"])
    for status in ("any", "publish", "draft", "any,trash"):
        yield "GET", f"/posts?slug={names}&status={status}&_fields=id,slug,status,link", None
    yield "GET", "/posts?slug=budkavle-prov&status=hittepå", None
    yield "POST", f"/posts/{number}?_fields=id,slug,status,link", {"content": "<p>Hej igen</p>"}
    yield "POST", f"/posts/{number}?_fields=id,slug,status,link", {"status": "publish"}
    yield "POST", f"/posts/{number}?_fields=id,slug,status,link", {"sticky": True}
    yield "POST", f"/posts/{number}?_fields=id,slug,status,link", {"sticky": False}
    yield "POST", f"/posts/{gone}?_fields=id,slug,status,link", {"sticky": True}
    yield "POST", f"/posts/{gone}", {"status": "publish"}
    yield "GET", f"/posts/{number}?context=edit&_fields=id,slug,status,link", None
    yield "GET", f"/posts/{gone}?context=edit&_fields=id,slug,status,link", None
    yield "DELETE", f"/posts/{number}?_fields=id,slug,status,link", None
    yield "DELETE", f"/posts/{number}?_fields=id,slug,status,link", None
    yield "GET", f"/posts?slug={slug(POST)}__trashed&status=any,trash&_fields=slug,status", None
    yield "DELETE", f"/posts/{number}?force=true&_fields=id", None
    yield "DELETE", f"/posts/{number}?force=true&_fields=id", None


def said(user: User, question: tuple[str, str, Any]) -> tuple[int, object]:
    """The status, and a refusal's code or what a yes names: slugs and statuses, sorted."""
    method, path, value = question
    try:
        found = user.call(method, quote(path, safe="/?&=,"), value)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["code"]
    many = found if isinstance(found, list) else [found]
    return 200, sorted(f"{one.get('slug')} {one.get('status')}" for one in many)


@pytest.mark.parametrize("role", ["author", "contributor", "subscriber", "nobody"])
def test_the_simulator_says_what_the_site_says(site: Site, role: str) -> None:
    rights = {
        "author": AUTHOR,
        "contributor": ("edit_posts", "delete_posts", "read"),
        "subscriber": ("read",),
        "nobody": AUTHOR,
    }[role]
    real = site.user(f"prov{next(numbers)}", role if role != "nobody" else "author")
    with simulated.WordPress(user="budkavle", password="rätt", rights=rights) as server:
        stand_in = Site(Path())
        stand_in.port = server.port
        login = User(stand_in, 1, "budkavle", "rätt")
        heard = []
        for user in (login, real):
            number = first_post(user, server, site)
            if role == "nobody":
                user.password = "fel"
            asked = questions(number, 99_999)
            heard.append([(question[:2], said(user, question)) for question in asked])
            for one in real.posts("any"):
                site.admin.call("DELETE", f"/posts/{one['id']}?force=true")
    differ = [pair for pair in zip(*heard, strict=True) if pair[0][1] != pair[1][1]]
    assert not differ


def first_post(user: User, server: simulated.WordPress, site: Site) -> int:
    """A draft of the user's, whatever the user may do."""
    name = slug(POST)
    if user.site is not site:
        return server.draft(name).id
    made = {"slug": name, "status": "draft", "content": "<p>Sent</p>", "author": user.number}
    return int(site.admin.call("POST", "/posts", made)["id"])
