"""Where the bot may ask for an image: on the forge's own image hosts and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images.places import forge_at, is_svg, item_path, shown_in
from handlers.events import Thread

GUID = "953b5f46-f8fb-4722-8c14-7d9175e658a3"
GITHUB, OWN = forge_at("https://github.com"), forge_at("https://git.example.com/")
SIGNED = f"https://private-user-images.githubusercontent.com/12/345-{GUID}.png?jwt=abc"
THREAD = Thread("acme/shop", 1, 7, 2)


@pytest.mark.parametrize(
    "url",
    [
        SIGNED,
        f"https://user-images.githubusercontent.com/12/345-{GUID}.png",
        f"https://cloud.githubusercontent.com/assets/12/345/{GUID}.png",
    ],
)
def test_github_is_asked_at_its_image_hosts(url: str) -> None:
    assert GITHUB.may_be_fetched(url)
    assert GITHUB.attachment(url) == GUID


@pytest.mark.parametrize(
    "url",
    [
        f"http://private-user-images.githubusercontent.com/12/345-{GUID}.png",
        f"https://private-user-images.githubusercontent.com:8443/12/345-{GUID}.png",
        f"https://me@private-user-images.githubusercontent.com/12/345-{GUID}.png",
        f"https://private-user-images.githubusercontent.com.evil.example/12/345-{GUID}.png",
        f"https://evil.example/private-user-images.githubusercontent.com/{GUID}.png",
        f"https://github.com/user-attachments/assets/{GUID}",
        f"https://camo.githubusercontent.com/{GUID}",
        f"https://127.0.0.1/{GUID}.png",
        f"https://[::1]/{GUID}.png",
        "https://169.254.169.254/latest/meta-data/",
        f"file:///etc/{GUID}",
        f"//user-images.githubusercontent.com/{GUID}",
        "https://[broken",
        "https://x:port/",
        "",
    ],
)
def test_nobody_else_is_asked(url: str) -> None:
    assert not GITHUB.may_be_fetched(url)


def test_what_people_upload_is_known_by_its_number_in_every_address() -> None:
    for url in (
        f"https://github.com/user-attachments/assets/{GUID}",
        f"https://github.com/acme/shop/assets/12/{GUID.upper()}",
        SIGNED,
    ):
        assert GITHUB.attachment(url) == GUID
    for url in (f"https://evil.example/{GUID}", "https://github.com/acme/shop/raw/main/a.png", f"/{GUID}"):
        assert GITHUB.attachment(url) == ""


def test_an_enterprise_server_is_asked_itself_and_beside_it() -> None:
    for url in (
        f"https://git.example.com/storage/user/5/files/{GUID}",
        f"https://media.git.example.com/user/5/files/{GUID}?token=x",
    ):
        assert OWN.may_be_fetched(url)
    for url in (
        "https://git.example.com/api/v3/user",
        f"http://git.example.com/storage/user/5/files/{GUID}",
        f"https://git.example.com:444/storage/user/5/files/{GUID}",
        SIGNED,
    ):
        assert not OWN.may_be_fetched(url)


@given(st.text(), st.sampled_from(["https://", "http://", "https://user-images.githubusercontent.com", ""]))
def test_any_text_is_an_address_or_none(text: str, start: str) -> None:
    if GITHUB.may_be_fetched(start + text):
        assert (start + text).lower().startswith("https://")
    assert isinstance(GITHUB.attachment(start + text), str)
    assert is_svg(start + text) in (True, False)


def test_a_rendered_text_tells_where_its_images_are() -> None:
    html = f"""<p><a href="{SIGNED}"><img src="{SIGNED.replace("&", "&amp;")}" alt="x"></a>
    <img src="https://camo.githubusercontent.com/abc" data-canonical-src="https://evil.example/{GUID}.png">
    <img><img src=""><img src="https://evil.example/{GUID}.png"><code>&lt;img src="{SIGNED}"&gt;</code>"""
    assert shown_in(html, GITHUB) == {GUID: SIGNED}


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("https://github.com/acme/shop/issues/7", "/issues/7"),
        ("https://github.com/acme/shop/pull/7", "/issues/7"),
        ("https://github.com/acme/shop/issues/7#issuecomment-12", "/issues/comments/12"),
        ("https://github.com/acme/shop/pull/7#discussion_r13", "/pulls/comments/13"),
        ("https://github.com/acme/shop/pull/7#pullrequestreview-14", "/pulls/7/reviews/14"),
        ("https://github.com/acme/shop/issues/7#top", ""),
        ("https://slack.example/archives/C1/p1", ""),
        ("prompt", ""),
    ],
)
def test_a_piece_is_found_in_the_api(source: str, path: str) -> None:
    assert item_path(source, THREAD, elsewhere=False) == path


def test_another_thread_of_the_repository_is_read_and_another_repository_is_not() -> None:
    assert item_path("https://github.com/Acme/shop/issues/9", THREAD, elsewhere=True) == "/issues/9"
    assert item_path("https://github.com/acme/cart/issues/9", THREAD, elsewhere=True) == ""
