"""What is typed and not sent is never lost, and never somebody else's to read."""

from __future__ import annotations

import pytest

from tests.browser.chat import Chat, Locator, expect
from tests.browser.guard import Guard
from tests.browser.people import Person
from tests.site import PASSWORD


def log_in(chat: Chat, person: Person) -> None:
    chat.page.get_by_label("Username").fill(person.username)
    chat.page.get_by_label("Password").fill(PASSWORD)
    chat.page.get_by_role("button", name="Log in").click()


def log_out(chat: Chat, person: Person) -> None:
    chat.page.get_by_text(person.username, exact=True).click()
    chat.page.get_by_role("button", name="Log out").click()
    expect(chat.page.get_by_role("button", name="Log in")).to_be_visible()


def new_tab(chat: Chat) -> Chat:
    return Chat(chat.context.new_page(), chat.url)


def test_a_draft_is_there_after_a_reload(chat: Chat) -> None:
    chat.message.fill("half a thought")
    chat.reload()
    expect(chat.message).to_have_value("half a thought")
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(1)
    chat.answered()
    chat.navigation.get_by_role("link", name="New chat").click()
    expect(chat.page).to_have_url(f"{chat.url}/c/new/")
    expect(chat.message).to_have_value("")


def test_each_conversation_has_its_own(chat: Chat, person: Person) -> None:
    one, other = (person.say(f"Number {n}").conversation for n in range(2))
    drafts = {one: "for the one", other: "for the other" + " long" * 4000, "new": "for a new one"}
    for conversation, text in drafts.items():
        chat.open(conversation).message.fill(text)
    for conversation, text in drafts.items():
        expect(chat.open(conversation).message).to_have_value(text)


def test_a_draft_outlives_its_tab(chat: Chat) -> None:
    tab = new_tab(chat).open()
    tab.message.fill("half a thought")
    tab.page.close()
    chat.reload()
    expect(chat.message).to_have_value("half a thought")


def test_two_tabs_with_a_new_conversation_keep_their_own(chat: Chat) -> None:
    tab = new_tab(chat).open()
    chat.message.fill("in the one")
    tab.message.fill("in the other")
    for page, text in ((chat, "in the one"), (tab, "in the other")):
        page.reload()
        expect(page.message).to_have_value(text)
    tab.message.press("Enter")
    expect(tab.questions).to_have_count(1)
    chat.reload()
    expect(chat.message).to_have_value("in the one")


def test_a_draft_that_goes_on_in_another_tab_is_one_draft(chat: Chat) -> None:
    chat.message.fill("half a thought")
    tab = new_tab(chat).open()
    expect(tab.message).to_have_value("half a thought")
    tab.message.press("End")
    tab.message.press_sequentially(" and more")
    expect(chat.message).to_have_value("half a thought and more")
    tab.message.press("Enter")
    expect(tab.questions).to_have_count(1)
    expect(chat.message).to_have_value("")


def test_what_another_tab_takes_away_without_having_seen_it_stays_in_its_box(chat: Chat) -> None:
    """Tabs hear of each other late: what one has just begun, the other deletes as if it were what it has sent."""
    chat.ask("Bread? [[say: Yes.]]")
    tab = new_tab(chat).open(chat.id)
    tab.message.fill("in the other")
    tab.page.evaluate("() => addEventListener('storage', event => { globalThis.gone = event.newValue === null; })")
    chat.page.wait_for_function("Object.keys(localStorage).find(key => key.startsWith('draft'))")
    chat.page.evaluate("Object.keys(localStorage).forEach(key => localStorage.removeItem(key))")
    tab.page.wait_for_function("globalThis.gone")
    expect(tab.message).to_have_value("in the other")


def test_who_has_gone_on_alone_keeps_it_when_the_other_tab_sends(chat: Chat) -> None:
    chat.page.add_init_script("addEventListener('storage', event => event.stopImmediatePropagation())")
    chat.reload()
    chat.message.fill("half a thought")
    tab = new_tab(chat).open()
    expect(tab.message).to_have_value("half a thought")
    tab.message.press("End")
    tab.message.press_sequentially(" and more")
    chat.ask("half a thought")
    for _ in range(2):
        expect(tab.message).to_have_value("half a thought and more")
        tab.reload()


def test_after_the_session_has_ended_the_text_is_there_again(chat: Chat, person: Person, guard: Guard) -> None:
    guard.expect("status of 401")
    chat.context.clear_cookies(name="sessionid")
    chat.message.fill("never lost")
    chat.message.press("Enter")
    alert = chat.page.get_by_role("alert").filter(has_text="not signed in any more")
    expect(chat.message).to_have_value("never lost")
    alert.get_by_role("link", name="Log in").click()
    log_in(chat, person)
    expect(chat.message).to_have_value("never lost")
    chat.message.press("Enter")
    expect(chat.questions).to_have_count(1)


def open_editor(chat: Chat, role: str) -> Locator:
    if role == "question":
        chat.questions.hover()
        chat.questions.get_by_role("button", name="Edit message").click()
    else:
        chat.replies.get_by_role("button", name="More about this reply").click()
        chat.page.get_by_role("menuitem", name="Edit reply").click()
    editor = chat.page.get_by_role("textbox", name="Message in other words")
    expect(editor).to_be_focused()
    return editor


@pytest.mark.parametrize(("role", "button"), [("question", "Send"), ("reply", "Save")])
def test_a_message_in_other_words_is_there_again_in_its_editor(chat: Chat, role: str, button: str) -> None:
    chat.ask("Bread? [[say: Mix and bake.]]")
    open_editor(chat, role).fill("half of it")
    chat.reload()
    editor = open_editor(chat, role)
    expect(editor).to_have_value("half of it")
    editor.press("Escape")
    expect(open_editor(chat, role)).not_to_have_value("half of it")
    editor.fill("all of it")
    chat.page.get_by_role("button", name=button, exact=True).click()
    expect(chat.log).to_contain_text("all of it")
    chat.answered()
    chat.page.get_by_role("button", name="Previous version").click()
    expect(chat.replies).to_contain_text("Mix and bake.")
    expect(open_editor(chat, role)).not_to_have_value("all of it")
    expect(chat.message).to_have_value("")


@pytest.mark.parametrize(("role", "button"), [("question", "Send"), ("reply", "Save")])
def test_a_message_in_other_words_is_there_again_after_the_session_has_ended(
    chat: Chat, person: Person, guard: Guard, role: str, button: str
) -> None:
    guard.expect("status of 401")
    chat.ask("Bread? [[say: Mix and bake.]]")
    chat.message.fill("half a thought")
    editor = open_editor(chat, role)
    editor.fill("never l")
    chat.context.clear_cookies(name="sessionid")
    chat.page.get_by_role("button", name=button, exact=True).click()
    expect(chat.page.get_by_role("alert").filter(has_text="not signed in any more")).to_be_visible()
    expect(chat.message).to_have_value("half a thought")
    editor.press("End")
    editor.press_sequentially("ost")
    chat.reload()
    log_in(chat, person)
    expect(chat.replies).to_contain_text("Mix and bake.")
    expect(chat.message).to_have_value("never lost\n\nhalf a thought")


def test_a_message_in_other_words_that_is_given_up_or_saved_is_no_draft(
    chat: Chat, person: Person, guard: Guard
) -> None:
    guard.expect("status of 401")
    chat.ask("Bread? [[say: Mix and bake.]]")
    chat.message.fill("half a thought")
    signed_out = chat.page.get_by_role("alert").filter(has_text="not signed in any more")
    for role, button in (("question", "Send"), ("reply", "Save")):
        for is_wanted in (False, True):
            editor = open_editor(chat, role)
            editor.fill(f"{role} in other words")
            chat.context.clear_cookies(name="sessionid")
            chat.page.get_by_role("button", name=button, exact=True).click()
            expect(signed_out).to_be_visible()
            chat.context.add_cookies([{"name": "sessionid", "value": person.session, "url": chat.url}])
            if is_wanted:
                chat.page.get_by_role("button", name=button, exact=True).click()
                expect(chat.log).to_contain_text(f"{role} in other words")
                chat.answered()
            else:
                editor.press("Escape")
            expect(editor).to_have_count(0)
            chat.reload()
            expect(chat.message).to_have_value("half a thought")


def test_it_is_there_also_after_a_login_in_another_tab(chat: Chat, person: Person, guard: Guard) -> None:
    guard.expect("status of 401")
    chat.message.fill("never lost")
    chat.context.clear_cookies(name="sessionid")
    chat.page.close()
    tab = new_tab(chat).open()
    log_in(tab, person)
    expect(tab.message).to_have_value("never lost")


def test_nothing_stays_behind_when_somebody_logs_out(chat: Chat, person: Person) -> None:
    chat.message.fill("a secret")
    log_out(chat, person)
    left = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    assert "secret" not in chat.page.evaluate(left)
    log_in(chat, person)
    expect(chat.message).to_have_value("")


def test_nothing_stays_behind_in_another_tab_either(chat: Chat, person: Person, guard: Guard) -> None:
    guard.expect("status of 401")
    tab = new_tab(chat).open()
    tab.message.fill("a secret")
    log_out(chat, person)
    expect(tab.message).to_have_value("")


def test_another_account_finds_none_of_it(chat: Chat, person: Person) -> None:
    stranger = person.site.visitor()
    chat.message.fill("a secret")
    chat.context.add_cookies([{"name": "sessionid", "value": stranger.http.cookies["sessionid"], "url": chat.url}])
    tab = new_tab(chat).open()
    expect(tab.message).to_have_value("")


def test_old_drafts_and_too_many_of_them_go(chat: Chat, person: Person) -> None:
    chat.page.evaluate(
        """() => {
            for (let n = 0; n < 40; n += 1) {
                const at = Date.now() - (n === 0 ? 31 * 24 * 3600 * 1000 : n);
                localStorage.setItem(`draft:somebody:${n}`, JSON.stringify({id: "x", text: "x", at}));
            }
        }"""
    )
    chat.reload()
    expect(chat.message).to_be_focused()
    kept = chat.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:somebody:')).length")
    assert kept == 30
    assert chat.page.evaluate("localStorage.getItem('draft:somebody:0')") is None
