"""What a WordPress post says, and why sending it again never makes a second one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from channels.contract import Edit, Picture, Removal
from channels.failures import (
    BadSettings,
    ChannelError,
    Reason,
    Reauthorise,
    Refused,
    Retry,
    Unknown,
)
from channels.wordpress import WordPress, slug
from channels.wordpress_text import as_html
from simulators import wordpress
from simulators.base import Effect
from tests.channels.rig import POST, Rig

USER = {"user": "budkavle"}
SECRET = {"password": "abcd EFGH 1234"}
PUBLISH = ("POST", r"/posts/\d+$")
CREATE = ("POST", r"/posts$")


def rig_at(server: wordpress.WordPress) -> Rig:
    def at(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"site": f"http://127.0.0.1:{port}", **USER}, SECRET

    return Rig(
        WordPress(),
        at,
        server.port,
        lambda: len(server.shown),
        after=b'{"status": "publish"',
        simulator=server,
        publishing=PUBLISH,
        pinned=lambda: [str(one.id) for one in server.posts.values() if one.sticky],
        pinning=PUBLISH,
        before=CREATE,
    )


@contextmanager
def rig() -> Iterator[Rig]:
    with wordpress.WordPress() as server:
        yield rig_at(server)


@pytest.fixture
def server() -> Iterator[wordpress.WordPress]:
    with wordpress.WordPress() as server:
        yield server


@pytest.fixture
def site(server: wordpress.WordPress) -> Rig:
    return rig_at(server)


def test_the_page_says_the_text_and_the_title_word_for_word(
    site: Rig, server: wordpress.WordPress
) -> None:
    text = (
        'Koka "allt" vatten - även i Oleby... Se 8) på sidan [karta] 2x2 & <b>nu</b>\n'
        "Ring 112.\n\nLäs mer: https://torsby.example/h/vattnet/?a=1&b=2.\n\n"
        "Kl 14.30, uppdatering 3"
    )
    receipt = site.publish(post=replace(POST, text=text, title='Koka "vattnet" <nu>'))
    (shown,) = server.shown
    assert shown.text == receipt.text == text
    assert shown.extra["title"] == 'Koka "vattnet" <nu>'
    assert receipt.link == f"{server.url}/{shown.key}/"


def test_each_paragraph_has_its_language_and_each_link_can_be_followed() -> None:
    made = as_html("Se https://a.example/x?a=1&b=2.\nNu\n\nHej", "sv")
    assert made == (
        '<p lang="sv">Se <a href="https://a.example/x?a=1&amp;b=2">'
        "https&#58;&#47;&#47;a.example&#47;x&#63;a&#61;1&#38;b&#61;2</a>.<br />\nNu</p>\n"
        '<p lang="sv">Hej</p>'
    )


def test_what_was_wrong_is_struck_in_an_edit(site: Rig, server: wordpress.WordPress) -> None:
    receipt = site.publish()
    change = Edit(
        key="e1",
        remote_id=receipt.remote_id,
        text="Oleby berörs inte. Rättelse: även Oleby.",
        struck=("Oleby berörs inte.",),
        language="sv",
    )
    site.ask(lambda c: site.channel.edit(c, site.settings(), change))
    (stored,) = server.posts.values()
    assert "<del>Oleby berörs inte.</del> Rättelse" in stored.content


def test_a_picture_is_the_posts_own_with_its_alt_text_and_others_are_named(
    site: Rig, server: wordpress.WordPress
) -> None:
    picture = Picture(
        data=b"\x89PNG", media_type="image/png", alt="Karta över Oleby", width=1, height=1
    )
    receipt = site.publish(post=replace(POST, pictures=(picture, picture)))
    (media,) = server.media
    assert (media.alt, media.data, media.name) == ("Karta över Oleby", b"\x89PNG", "bild.png")
    assert server.shown[0].extra["media"] == media.id
    assert receipt.note == "1 of 2 pictures left out"


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.ERROR_AFTER])
def test_lesson_3_and_4_a_lost_answer_and_a_500_leave_one_post(
    site: Rig, server: wordpress.WordPress, effect: Effect
) -> None:
    server.fault(effect, *PUBLISH)
    with pytest.raises(Unknown):
        site.publish()
    again = site.publish()
    assert [one.remote_id for one in server.shown] == [again.remote_id]
    assert len(server.posts) == 1


def test_a_draft_whose_answer_was_lost_is_the_one_that_is_published(
    site: Rig, server: wordpress.WordPress
) -> None:
    server.fault(Effect.LOSE_ANSWER, *CREATE)
    with pytest.raises(Retry):
        site.publish()
    (draft,) = server.posts.values()
    assert site.publish().remote_id == str(draft.id)
    assert len(server.posts) == 1


def test_a_draft_that_comes_late_is_never_published(site: Rig, server: wordpress.WordPress) -> None:
    receipt = site.publish()
    server.draft(slug(POST))
    assert site.publish().remote_id == receipt.remote_id
    assert len(server.shown) == 1


def test_of_two_drafts_everybody_publishes_the_older(
    site: Rig, server: wordpress.WordPress
) -> None:
    older, newer = server.draft(slug(POST)), server.draft(slug(POST))
    assert newer.slug == f"{older.slug}-2"
    assert [site.publish().remote_id for _ in range(2)] == [str(older.id)] * 2
    assert len(server.shown) == 1


def test_an_attempt_that_chose_has_chosen_for_all_that_come_after(
    site: Rig, server: wordpress.WordPress
) -> None:
    """A database may show a row after one with a higher id; what was chosen is remembered."""
    server.fault(Effect.ERROR_BEFORE, *PUBLISH)
    with pytest.raises(Unknown):
        site.publish()
    (chosen,) = server.posts.values()
    server.posts[1] = wordpress.Stored(1, slug(POST), "draft", "", "<p>Sent</p>")
    assert site.kept == {POST.key: str(chosen.id)}
    assert site.read_back() is None
    receipt = site.publish()
    assert receipt.remote_id == str(chosen.id)
    assert [one.remote_id for one in server.shown] == [str(chosen.id)]
    found = site.read_back()
    assert found is not None and found.remote_id == str(chosen.id)


def test_who_holds_the_row_no_more_publishes_nothing(
    site: Rig, server: wordpress.WordPress
) -> None:
    async def taken(_made: str) -> None:
        raise Retry(Reason.NO_CONNECTION)

    post = replace(POST, remember=taken)
    with pytest.raises(Retry):
        site.ask(lambda c: site.channel.publish(c, site.settings(), post))
    assert (server.shown, len(server.posts)) == ([], 1)


def test_what_was_chosen_and_is_deleted_since_is_for_a_person(
    site: Rig, server: wordpress.WordPress
) -> None:
    receipt = site.publish()
    site.delete(receipt.remote_id)
    with pytest.raises(Refused) as error:
        site.publish()
    assert error.value.detail == f"{receipt.remote_id} is deleted"
    assert server.posts == {}


def test_a_copy_is_published_under_a_slug_that_is_looked_for(
    site: Rig, server: wordpress.WordPress
) -> None:
    """As it is published, WordPress makes a copy's slug a copy's copy, unless it is given one."""
    drafts = [server.draft(slug(POST)) for _each in range(3)]
    for one in drafts:
        one.slug = f"{slug(POST)}-2"
    receipt = site.publish()
    site.kept.clear()
    assert site.publish().remote_id == receipt.remote_id
    assert len(server.shown) == 1


def test_what_is_published_counts_whatever_it_is_called(
    site: Rig, server: wordpress.WordPress
) -> None:
    stray, ours = server.draft(slug(POST)), server.draft(slug(POST))
    ours.status = "publish"
    assert ours.slug.endswith("-2") and stray.status == "draft"
    receipt = site.publish()
    assert receipt.remote_id == str(ours.id)
    found = site.read_back()
    assert found is not None and found.remote_id == str(ours.id)


def test_what_an_editor_has_put_in_the_trash_is_not_published_again(
    site: Rig, server: wordpress.WordPress
) -> None:
    receipt = site.publish()
    server.trash(int(receipt.remote_id))
    with pytest.raises(Refused) as error:
        site.publish()
    assert error.value.detail == "stands as trash"
    assert site.read_back() is None
    assert server.shown == []


def test_what_a_plugin_holds_back_is_not_called_sent(
    site: Rig, server: wordpress.WordPress
) -> None:
    server.held_back = True
    with pytest.raises(Refused) as error:
        site.publish()
    assert error.value.detail == "stands as pending"


def test_an_edit_of_what_lies_in_the_trash_is_not_called_done(
    site: Rig, server: wordpress.WordPress
) -> None:
    receipt = site.publish()
    server.trash(int(receipt.remote_id))
    with pytest.raises(Refused):
        site.edit(receipt.remote_id, "Rättelse")


def test_a_deleted_post_is_not_in_the_trash_either(site: Rig, server: wordpress.WordPress) -> None:
    receipt = site.publish()
    site.delete(receipt.remote_id)
    assert server.posts == {}


def test_the_slug_is_the_deliverys_own_and_another_texts_is_another() -> None:
    assert slug(POST) == slug(replace(POST, title="Annan", made_at=0.0))
    others = [replace(POST, key="r9"), replace(POST, text="Annat"), replace(POST, language="en")]
    assert len({slug(one) for one in (POST, *others)}) == 4


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        (400, "rest_invalid_param", Refused, Reason.TURNED_DOWN),
        (401, "incorrect_password", Reauthorise, Reason.CREDENTIALS),
        (401, "rest_not_logged_in", Reauthorise, Reason.CREDENTIALS),
        (403, "rest_cannot_publish", Refused, Reason.RIGHTS),
        (403, "rest_cannot_edit", Refused, Reason.RIGHTS),
        (404, "rest_post_invalid_id", Refused, Reason.TURNED_DOWN),
        (404, "rest_no_route", Refused, Reason.TURNED_DOWN),
        (408, "", Retry, Reason.BUSY),
        (413, "", Refused, Reason.TURNED_DOWN),
        (429, "", Retry, Reason.BUSY),
        (500, "internal_server_error", Unknown, Reason.SERVER_ERROR),
        (502, "", Unknown, Reason.SERVER_ERROR),
        (503, "", Unknown, Reason.SERVER_ERROR),
        (301, "", Refused, Reason.TURNED_DOWN),
        (302, "", Unknown, Reason.SERVER_ERROR),
    ],
)
def test_each_documented_error_of_the_publishing_request_has_one_outcome(
    site: Rig,
    server: wordpress.WordPress,
    status: int,
    code: str,
    outcome: type[ChannelError],
    reason: Reason,
) -> None:
    draft = server.draft(slug(POST))
    server.refusal = (status, code)
    with pytest.raises(ChannelError) as error:
        site.publish()
    assert (type(error.value), error.value.reason) == (outcome, reason)
    assert code in error.value.detail and "Lisa" not in error.value.detail
    assert draft.status == "draft"


def test_a_dead_password_is_known_though_wordpress_says_that_the_question_is_wrong() -> None:
    with wordpress.WordPress(password="ett annat") as server, pytest.raises(Reauthorise):
        rig_at(server).publish()


def test_a_login_without_the_right_to_write_is_told_so() -> None:
    with wordpress.WordPress(rights=("read",)) as server, pytest.raises(Refused) as error:
        rig_at(server).publish()
    assert error.value.reason is Reason.RIGHTS


def test_an_address_without_the_api_is_not_taken_for_a_deleted_post(
    site: Rig, server: wordpress.WordPress
) -> None:
    settings = site.channel.parse({"site": f"{server.url}/annan", **USER}, SECRET)
    with pytest.raises(Refused):
        site.ask(lambda c: site.channel.delete(c, settings, Removal(remote_id="101")))


@pytest.mark.parametrize(
    ("rights", "missing", "reason"),
    [
        (wordpress.AUTHOR, (), None),
        (
            ("edit_posts", "read"),
            ("publish_posts", "upload_files", "edit_published_posts", "delete_published_posts"),
            Reason.RIGHTS,
        ),
        (
            ("edit_posts", "publish_posts"),
            ("upload_files", "edit_published_posts", "delete_published_posts"),
            None,
        ),
    ],
)
def test_the_probe_names_the_rights_that_are_missing(
    rights: tuple[str, ...], missing: tuple[str, ...], reason: Reason | None
) -> None:
    with wordpress.WordPress(rights=rights) as server:
        readiness = rig_at(server).probe()
    assert (readiness.missing, readiness.reason) == (missing, reason)
    assert readiness.account == "Torsby kommun"


def test_the_probe_says_that_a_password_is_dead(site: Rig) -> None:
    readiness = site.probe({"password": "fel"})
    assert readiness.reason is Reason.CREDENTIALS
    assert "fel" not in readiness.detail.split()


@pytest.mark.parametrize(
    ("settings", "secret", "field"),
    [
        ({"site": "torsby.example", **USER}, SECRET, "site"),
        ({"site": "ftp://torsby.example", **USER}, SECRET, "site"),
        ({"site": "https://a:b@torsby.example", **USER}, SECRET, "site"),
        ({"site": "https://torsby.example/?p=1", **USER}, SECRET, "site"),
        ({"site": "https://torsby.example", "user": "a:b"}, SECRET, "user"),
        ({"site": "https://torsby.example", **USER}, {"password": "  "}, "password"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, object], secret: dict[str, object], field: str
) -> None:
    with pytest.raises(BadSettings) as error:
        WordPress().parse(settings, secret)
    assert error.value.field == field


def test_a_site_in_a_folder_is_asked_there() -> None:
    settings = WordPress().parse({"site": "https://Torsby.example/blogg/", **USER}, SECRET)
    assert settings.site == "https://torsby.example/blogg"
