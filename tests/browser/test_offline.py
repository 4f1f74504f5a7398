"""Without a network there is a page that says so; with one, nothing is other than without a service worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.chat import Chat, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.browser.wire import Wire
from tests.conversations.kept import wait_for
from tests.site import Site, running

KEPT = """async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map(({url}) => new URL(url).pathname.replace(/\\.[0-9a-f]{12}\\./, "."));
}"""
IS_READY = "navigator.serviceWorker.getRegistration().then((it) => it?.active?.state === 'activated')"
LOOK = "navigator.serviceWorker.getRegistration().then((it) => it.update()).then(() => {}, () => {})"
IS_LEFT = "async () => !(await navigator.serviceWorker.getRegistration()) && !(await caches.keys()).length"
LOOKS = """() => [getComputedStyle(document.querySelector(".btn")).backgroundColor,
    getComputedStyle(document.querySelector("main")).borderRadius]"""
OFFLINE = "No connection"


def prepared(chat: Chat) -> Chat:
    """With the worker at work, as from the second page on."""
    chat.open()
    wait_for(lambda: chat.page.evaluate(IS_READY))
    chat.reload()
    assert chat.page.evaluate("Boolean(navigator.serviceWorker.controller)")
    return chat


def caches(chat: Chat) -> list[str]:
    names: list[str] = chat.page.evaluate("caches.keys()")
    return names


def is_renewed(chat: Chat, first: set[str]) -> bool:
    """Asks for the new worker too: by itself a browser looks some time after a visit, later where much is going on."""
    chat.page.evaluate(LOOK)
    return not set(caches(chat)) & first and len(caches(chat)) == 1


@pytest.fixture
def ready(visit: Visit, person: Person, guard: Guard) -> Chat:
    guard.expect("net::ERR_")
    return prepared(visit(person, service_workers="allow"))


def test_without_a_network_a_page_says_so_and_goes_on_by_itself(ready: Chat, person: Person) -> None:
    conversation = person.say("Hello [[say: Good day.]]").conversation
    ready.context.set_offline(True)
    ready.open(conversation)
    expect(ready.heading).to_have_text(OFFLINE)
    expect(ready.page.get_by_text("Everything that was said is safe on the server.")).to_be_visible()
    expect(ready.page.get_by_text("not sent is kept in this browser.")).to_be_visible()
    assert ready.page.evaluate(LOOKS) == ["rgb(27, 107, 87)", "26px"]
    ready.page.get_by_role("link", name="Try again").click()
    expect(ready.heading).to_have_text(OFFLINE)
    ready.context.set_offline(False)
    expect(ready.replies).to_contain_text("Good day.")
    assert ready.id == conversation


def test_what_was_typed_is_there_again(ready: Chat) -> None:
    ready.context.set_offline(True)
    ready.message.fill("Will this be kept?")
    ready.send.click()
    sentence = ready.page.get_by_role("alert").get_by_text("Check your connection and try again; your text is kept.")
    expect(sentence).to_be_visible()
    expect(ready.message).to_have_value("Will this be kept?")
    ready.open()
    expect(ready.heading).to_have_text(OFFLINE)
    ready.context.set_offline(False)
    expect(ready.message).to_have_value("Will this be kept?")


def test_it_has_the_theme_of_the_other_pages(ready: Chat, person: Person) -> None:
    ready.page.get_by_text(person.username, exact=True).click()
    ready.page.get_by_role("radiogroup", name="Theme").get_by_role("radio", name="Dark").check()
    bar = ready.page.locator("meta[name=theme-color][media=all]")
    expect(bar).to_have_attribute("content", "#181c1b")
    ready.context.set_offline(True)
    ready.open()
    expect(ready.heading).to_have_text(OFFLINE)
    assert ready.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(24, 28, 27)"


def test_a_site_that_is_stopped_is_waited_for(visit: Visit, person: Person, site: Site, guard: Guard) -> None:
    guard.expect("net::ERR_")
    with Wire(site.port) as wire:
        chat = prepared(visit(person, at=wire.url, service_workers="allow"))
        wire.cut()
        chat.open()
        expect(chat.heading).to_have_text(OFFLINE)
        wire.mend()
        expect(chat.message).to_be_visible()


def test_nothing_but_that_page_is_kept(ready: Chat, person: Person) -> None:
    ready.ask("Hello [[say: Nobody else may read this.]] [[title: A Secret Thing]]")
    ready.reload()
    expect(ready.row("A Secret Thing")).to_be_visible()
    assert sorted(ready.page.evaluate(KEPT)) == ["/offline/", "/static/css/site.css", "/static/js/offline.js"]
    conversation = ready.id
    ready.page.get_by_text(person.username, exact=True).click()
    ready.page.get_by_role("button", name="Log out").click()
    expect(ready.page.get_by_label("Password")).to_be_visible()
    ready.context.set_offline(True)
    ready.open(conversation)
    expect(ready.heading).to_have_text(OFFLINE)
    html = ready.page.content()
    assert not [word for word in (person.username, "Nobody else", "Secret") if word in html]


def test_replies_stream_and_files_are_saved_as_ever(ready: Chat) -> None:
    ready.record()
    ready.say("Tell me some [[slow 0.05]] [[say: one two three four five six seven eight]] [[title: Some Numbers]]")
    ready.answered()
    assert ready.growths > 3
    ready.options("Some Numbers").get_by_role("menuitem", name="Export").click()
    with ready.page.expect_download() as download:
        ready.page.get_by_role("dialog").get_by_role("link").first.click()
    assert "one two three" in Path(download.value.path()).read_text(encoding="utf-8")


def test_the_site_s_own_pages_about_errors_are_shown(ready: Chat, guard: Guard) -> None:
    guard.expect("status of 404")
    ready.page.goto(f"{ready.url}/nothing")
    expect(ready.heading).to_have_text("Nothing here")
    ready.context.clear_cookies()
    ready.open()
    expect(ready.page.get_by_label("Password")).to_be_visible()


def test_browsers_would_install_the_site(ready: Chat) -> None:
    session = ready.context.new_cdp_session(ready.page)
    found = session.send("Page.getAppManifest")
    assert found["url"] == f"{ready.url}/manifest.webmanifest"
    assert found["errors"] == []
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


class Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_home = self.path == "/"
        self.send_response(200 if is_home else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>Elsewhere</title><h1>Something else</h1>" if is_home else b"")

    def log_message(self, *_: object) -> None:
        """pytest shows enough."""


@contextmanager
def something_else(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_a_new_version_takes_over_and_another_site_is_left_alone(visit: Visit, tmp_path: Path, guard: Guard) -> None:
    guard.expect("net::ERR_", "status of 503", "status of 404")
    with running(tmp_path, SINGLE_USER="true") as site:
        chat = prepared(visit(at=site.url, service_workers="allow"))
        first = set(caches(chat))
        (site.var / "store").touch()
        chat.page.goto(f"{site.url}/readyz")
        expect(chat.page.get_by_text("unavailable")).to_be_visible()
        (site.var / "store").unlink()
        site.stop()
        chat.open()
        expect(chat.heading).to_have_text(OFFLINE)
        site.settings["SITE_NAME"] = "Zebra"
        site.start()
        expect(chat.page).to_have_title("New chat · Zebra")
        wait_for(lambda: is_renewed(chat, first))
        wait_for(lambda: chat.page.evaluate(IS_READY))
        site.stop()
        chat.open()
        expect(chat.page).to_have_title(f"{OFFLINE} · Zebra")
        with something_else(site.port):
            chat.page.goto(site.url)
            expect(chat.heading).to_have_text("Something else")
            wait_for(lambda: chat.page.evaluate(IS_LEFT))
