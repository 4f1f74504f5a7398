"""The store goes away: nothing is begun that could not be kept, nothing said is lost, and all works afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

from tests.conversations import kept
from tests.conversations.pages import Page, ended
from tests.site import Said, Site, Visitor

WORDS = " ".join(f"word{number}" for number in range(20))


@contextmanager
def store_away(site: Site) -> Iterator[None]:
    """A file where the folder should be: not even root can write below it."""
    folder, aside = site.var / "store", site.var / "store.aside"
    folder.rename(aside)
    folder.write_text("in the way")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def send(visitor: Visitor, conversation: str, message: str, parent: str | None = None) -> tuple[int, str]:
    body = {"message": message, "parent": parent, "text": "Is it safe? [[say: it is]]"}
    answer = visitor.post(f"/c/{conversation}/messages/", body)
    return answer.status_code, answer.json()["code"]


def test_a_message_that_cannot_be_kept_is_refused_and_leaves_nothing(hasty: Site, hurried: Visitor) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    hurried.say("The store has its folder [[say: yes]]")
    with store_away(hasty):
        assert send(hurried, conversation, message) == (503, "store")
        assert kept.count(hasty, "conversation", "id = ?", conversation) == 0
        assert kept.count(hasty, "reply", "question = ?", message) == 0
    said = hurried.say("Is it safe? [[say: it is]]", conversation, message=message)
    assert said["done"]["finish"] == "stop"
    assert list(kept.messages(hasty, conversation)) == [message, said.reply]


def test_a_double_click_is_refused_as_a_whole(hasty: Site, hurried: Visitor) -> None:
    conversation, message = str(uuid4()), str(uuid4())
    hurried.say("The store has its folder [[say: yes]]")
    with store_away(hasty), ThreadPoolExecutor(8) as clicks:
        answers = set(clicks.map(lambda _: send(hurried, conversation, message), range(8)))
    assert answers == {(503, "store")}
    assert kept.count(hasty, "conversation", "id = ?", conversation) == 0


def test_a_conversation_can_still_be_read_where_it_was_known_and_goes_on_afterwards(
    hasty: Site, hurried: Visitor
) -> None:
    said = hurried.say("Where are you? [[say: here]]")
    url = f"/c/{said.conversation}/"
    with store_away(hasty):
        page = hurried.http.get(url)
        assert page.status_code == 200
        assert Page(page.text).said == ["Where are you? [[say: here]]", "here"]
        assert "storage cannot be reached" in page.text
        assert send(hurried, said.conversation, str(uuid4()), said.reply) == (503, "store")
        assert hurried.post(f"{url}rename/", {"title": "New"}).status_code == 503
        assert hurried.post(f"{url}delete/").status_code == 204
        assert hurried.http.get(url).status_code == 404
        assert hurried.post(f"{url}undo/").status_code == 204
        assert hurried.http.get("/c/").status_code == 200
        assert hurried.http.get("/c/new/").status_code == 200
    page = hurried.http.get(url)
    assert Page(page.text).ids == [said.message, said.reply]
    assert "storage cannot be reached" not in page.text
    again = hurried.say("Still? [[say: still here]]", said.conversation, parent=said.reply)
    assert again["done"]["finish"] == "stop"


def test_a_conversation_nobody_here_knows_says_that_it_cannot_be_reached(hasty: Site, hurried: Visitor) -> None:
    said = hurried.say("Where are you? [[say: here]]")
    url = f"/c/{said.conversation}/"
    hasty.stop()
    hasty.start()
    with store_away(hasty):
        page = hurried.http.get(url)
        assert page.status_code == 503
        assert "Nothing is lost" in page.text
        assert hurried.http.get(url, headers={"Accept": "application/json"}).json()["code"] == "store"
        assert send(hurried, said.conversation, str(uuid4()), said.reply) == (503, "store")
    assert Page(hurried.http.get(url).text).ids == [said.message, said.reply]


def test_a_form_keeps_what_was_typed_when_it_cannot_be_kept(hasty: Site, hurried: Visitor) -> None:
    hurried.say("The store has its folder [[say: yes]]")
    page = Page(hurried.http.get("/c/new/").text)
    fields = page.fields("form.composer") | {"text": "Typed with care"}
    headers = {"Accept": "text/html", "Referer": hasty.url}
    with store_away(hasty):
        answer = hurried.http.post(str(page.one("form.composer")["action"]), data=fields, headers=headers)
    assert answer.status_code == 503
    assert Page(answer.text).typed == "Typed with care"
    assert "storage cannot be reached" in Page(answer.text).error


def test_a_reply_whose_end_cannot_be_saved_is_saved_when_the_store_is_back_in_time(
    hasty: Site, hurried: Visitor
) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": f"Away for a moment [[slow 0.05]] [[say: {WORDS}]]"}
    with hurried.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        with store_away(hasty):
            for event in events:
                said.events.append(event)
                if event[0] == "block" and event[1]["chars"] == len(WORDS):
                    break
        said.events.extend(events)
    assert said["done"]["finish"] == "stop"
    assert kept.messages(hasty, said.conversation)[said.reply]["text"] == WORDS


def test_a_reply_that_could_not_be_saved_is_not_lost(hasty: Site, hurried: Visitor) -> None:
    said = Said(str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": f"Away for long [[slow 0.05]] [[say: {WORDS}]]"}
    with hurried.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.append(next(events))
        with store_away(hasty):
            said.events.extend(events)
            assert said["failed"]["code"] == "store"
            [aside] = (hasty.var / "store.aside").glob(f"users/*/conversations/{said.conversation}.json")
            assert said.reply not in aside.read_text()
    # The sweep writes it, whether anybody looks or not.
    message = kept.wait_for(lambda: kept.messages(hasty, said.conversation).get(said.reply))
    assert (message["text"], message["finish"]) == (WORDS, "stop")
    assert message["usage"]["completion_tokens"] == 20
    page = kept.wait_for(lambda: ended(hurried, f"/c/{said.conversation}/"))
    assert page.said[1] == WORDS
    kept.wait_for(lambda: kept.count(hasty, "piece", "reply_id = ?", said.reply) == 0)
