"""The site in other languages: asked for by the browser or chosen in the settings, at once and everywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conversations.starters import FOR_THE_GUIDE
from tests.browser.audit import unspoken
from tests.browser.chat import Chat, Locator, Visit, expect
from tests.browser.guard import Guard
from tests.browser.people import People, Person
from tests.browser.test_announcements import HEAR
from tests.conversations.test_languages import MARKDOWN
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site

GERMAN: dict[str, Any] = {"locale": "de-DE"}
PAGES = ["settings/", "search/?q=Rom", "search/?q=zzz", "search/", "c/archived/", "c/?tag=x", "nothing/"]
KEPT = ["settings/prompts/", "settings/presets/"]
ACCOUNT = ["accounts/email/", "accounts/password/change/", "accounts/logout/", "accounts/3rdparty/"]
OUTSIDE = ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "inactive/"]


def ask(chat: Chat, text: str) -> Locator:
    chat.page.get_by_role("textbox", name="Nachricht", exact=True).fill(text)
    chat.page.get_by_role("button", name="Nachricht senden").click()
    reply = chat.page.locator(".reply").last
    expect(chat.page.get_by_role("button", name="Antwort stoppen")).to_be_hidden()
    expect(reply).not_to_have_attribute("aria-busy", "true")
    return reply


def choose(chat: Chat, before: str, language: str) -> None:
    chat.page.get_by_role("combobox", name=before).select_option(label=language)


def language(chat: Chat) -> Locator:
    return chat.page.locator("html")


@pytest.fixture
def deutsch(visit: Visit, person: Person) -> Chat:
    """A new conversation, for somebody whose browser asks for German."""
    return visit(person, **GERMAN).open()


def test_a_language_that_is_chosen_counts_at_once_and_everywhere(visit: Visit, person: Person) -> None:
    here, there = visit(person), visit(person)
    here.page.goto(f"{here.url}/settings/")
    choose(here, "Language", "Deutsch")
    expect(here.page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    expect(here.page.get_by_role("combobox", name="Sprache")).to_be_focused()
    expect(here.page.get_by_role("status").filter(has_text="Gespeichert.")).to_be_visible()
    expect(language(here)).to_have_attribute("lang", "de")
    there.open()
    expect(there.page.get_by_role("link", name="Neuer Chat").first).to_be_visible()
    here.page.reload()
    expect(here.page.get_by_text("Gespeichert.")).to_have_count(0)
    choose(here, "Sprache", "简体中文")
    expect(here.page.get_by_role("combobox", name="语言")).to_be_focused()
    choose(here, "语言", "自动")
    expect(here.page.get_by_role("heading", name="Settings")).to_be_visible()
    there.reload()
    expect(language(there)).to_have_attribute("lang", "en")


def test_a_reply_is_announced_and_shown_in_it(deutsch: Chat) -> None:
    page = deutsch.page
    page.evaluate(HEAR)
    reply = ask(deutsch, "Was kostet das? [[slow 0.02]] [[say: ```\nx\n```]]")
    name = reply.locator("[data-part=model]").inner_text()
    expect(page.locator("[data-part=status]")).to_have_text("Die Antwort ist fertig.")
    heard = " ".join(text for text, _ in page.evaluate("heard"))
    assert f"{name} antwortet." in heard
    assert "Codeblock." in heard
    expect(page.get_by_role("article", name=f"{name} hat gesagt")).to_be_visible()
    expect(page.get_by_role("article", name="Du hast gesagt", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Heute")).to_be_visible()
    copy = reply.get_by_role("button", name="Code kopieren")
    expect(copy).to_be_visible()
    page.reload()
    expect(copy).to_be_visible()


def test_a_failure_is_explained_in_it_with_the_time_to_wait(deutsch: Chat, model_server: ModelServer) -> None:
    model_server.script.append(Answer(status=429, headers={"Retry-After": "30"}))
    reply = ask(deutsch, "Ist jemand da?")
    expect(reply).to_contain_text("Das Modell bekommt zu viele Anfragen. Bitte warte 30 Sekunden und versuche es noch")
    expect(reply.get_by_role("button", name="Erneut versuchen")).to_be_visible()


def test_what_the_browser_refuses_by_itself_is_explained_in_it(deutsch: Chat, guard: Guard) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED|WebSocket|Failed to load")
    page = deutsch.page
    page.get_by_role("textbox", name="Nachricht", exact=True).fill("x" * 95_000)
    expect(page.get_by_text("95.000 / 100.000")).to_be_visible()
    page.get_by_role("textbox", name="Nachricht", exact=True).fill("x" * 100_001)
    page.get_by_role("button", name="Nachricht senden").click()
    expect(page.get_by_role("alert").get_by_text("Eine Nachricht darf höchstens 100.000 Zeichen haben")).to_be_visible()


def test_counts_have_the_forms_of_the_language(visit: Visit, person: Person) -> None:
    for _ in "ab":
        person.say("Bonjour [[say: Oui.]] [[title: Petit Tour]]")
    page = visit(person, locale="fr-FR").open().page
    page.get_by_text(person.username, exact=True).click()
    page.get_by_role("button", name="Sélection multiple").click()
    boxes = page.get_by_role("checkbox", name="Petit Tour")
    for number, count in enumerate(["1 choisie", "2 choisies"]):
        boxes.nth(number).check()
        expect(page.get_by_text(count, exact=True)).to_be_visible()
    page.get_by_role("button", name="Supprimer la sélection").click()
    expect(page.locator(".toast")).to_contain_text("2 conversations ont été supprimées.")


def test_times_are_written_as_the_language_does(visit: Visit, person: Person) -> None:
    said = person.say("Ciao [[say: Ciao.]]")
    page = visit(person, locale="es-ES").open(said.conversation).page
    expect(page.locator(".reply time")).to_have_attribute("title", re.compile(r"\w+, \d+ de \w+ de 20\d\d, \d+:\d\d"))


def test_nothing_is_left_in_english(deutsch: Chat, visit: Visit, guard: Guard) -> None:
    guard.expect("status of 404")
    assert unspoken(deutsch, "de") == []
    ask(deutsch, f"Wie ist es in Rom? [[title: Rom am Abend]] [[say: {MARKDOWN}]]")
    expect(deutsch.page.get_by_role("heading", level=1)).to_have_text("Rom am Abend")
    # Until then it may be in the midst of what the reply says.
    expect(deutsch.page.locator("[data-part=status]")).to_have_text("Die Antwort ist fertig.")
    # What is loaded when it is wanted.
    deutsch.page.get_by_role("searchbox", name="Unterhaltungen durchsuchen").fill("Rom")
    expect(deutsch.page.get_by_role("list", name="Suchergebnisse")).to_be_visible()
    assert unspoken(deutsch, "de") == []
    out = visit(None, **GERMAN)
    for chat, addresses in ((deutsch, [*PAGES, *KEPT, *ACCOUNT]), (out, [f"accounts/{page}" for page in OUTSIDE])):
        for address in addresses:
            chat.page.goto(f"{chat.url}/{address}")
            assert (address, unspoken(chat, "de")) == (address, [])


def test_choosing_and_tuning_a_model_is_in_it_too(deutsch: Chat, person: Person, guard: Guard) -> None:
    guard.expect("status of 400")
    page = deutsch.page
    page.get_by_role("button", name="Modell:").click()
    dialog = page.get_by_role("dialog", name="Modell wählen")
    expect(dialog.get_by_role("button", name="Favorit: test-model", exact=True)).to_be_visible()
    assert unspoken(deutsch, "de") == []
    dialog.get_by_role("button", name="Schließen").click()
    page.get_by_role("button", name="Einstellungen dieses Chats").click()
    dialog = page.get_by_role("dialog", name="Einstellungen dieses Chats")
    dialog.get_by_label("Temperatur").fill("9")
    dialog.get_by_role("button", name="Speichern").click()
    expect(dialog.get_by_text("Schreibe eine Zahl von 0 bis 2 oder lass es leer.")).to_be_visible()
    assert unspoken(deutsch, "de") == []
    said = person.say("Ciao [[say: Ciao.]] [[title: Grüße]]")
    page.goto(f"{deutsch.url}/c/{said.conversation}/settings/")
    assert unspoken(deutsch, "de") == []


def test_the_ways_to_a_model_are_in_it(visit: Visit, guided: Site) -> None:
    chat = visit(People(guided).somebody(), at=guided.url, **GERMAN).open()
    expect(chat.page.get_by_role("link", name="Dein Hugging-Face-Token benutzen")).to_be_visible()
    # The guide is asked in English.
    assert set(unspoken(chat, "de")) == {starter.prompt for starter in FOR_THE_GUIDE}


def test_the_audit_finds_english(chat: Chat) -> None:
    assert {"New chat", "Copy reply", "Search conversations"} <= set(unspoken(chat, "de"))
