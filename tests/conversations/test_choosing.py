"""Which model answers, and how it is told to, through the running site."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from conversations import offer
from llm.local_servers import LocalServer
from tests.conversations import kept
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Said, Site, Visitor


def say(visitor: Visitor, text: str, conversation: str | None = None, **more: Any) -> Said:
    said = Said(conversation or str(uuid4()), str(uuid4()))
    body = {"message": said.message, "parent": None, "text": text} | more
    with visitor.stream(f"/c/{said.conversation}/messages/", body) as events:
        said.events.extend(events)
    return said


def settings(site: Site, conversation: str) -> dict[str, Any]:
    found: dict[str, Any] = kept.transcript(site, conversation)["settings"]
    return found


def asked(model_server: ModelServer, text: str) -> dict[str, Any]:
    """What the server was sent with this question."""
    chats = reversed(model_server.chats)
    return next(chat.body for chat in chats if text in str(chat.body["messages"][-1]["content"]))


def test_a_message_chooses_who_answers_from_now_on(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    said = say(reader, "Who are you, once?", model="other-model")
    assert said["started"]["model"] == "other-model"
    assert settings(site, said.conversation)["model"] == "other-model"
    again = say(reader, "And twice?", said.conversation, parent=said.reply)
    assert again["started"]["model"] == "other-model"
    messages = kept.messages(site, said.conversation)
    assert [messages[one.reply]["model"] for one in (said, again)] == ["other-model", "other-model"]
    assert asked(model_server, "And twice?")["model"] == "other-model"


def test_in_mid_conversation_another_one_answers(site: Site, reader: Visitor) -> None:
    said = say(reader, "First")
    assert reader.post(f"/c/{said.conversation}/settings/", {"model": "other-model"}).status_code == 204
    again = say(reader, "Second", said.conversation, parent=said.reply)
    messages = kept.messages(site, said.conversation)
    assert [messages[one.reply]["model"] for one in (said, again)] == ["test-model", "other-model"]
    reader.post(f"/c/{said.conversation}/settings/", {"model": ""})
    assert settings(site, said.conversation)["model"] is None


def test_a_model_that_is_not_offered_gives_way_and_the_page_says_so(reader: Visitor) -> None:
    said = say(reader, "Hello", model="gone/model")
    assert (said["started"]["model"], said["started"]["instead_of"]) == ("test-model", "gone/model")
    page = reader.http.get(f"/c/{said.conversation}/").text
    assert "does not offer gone/model; test-model answers instead" in page


def test_settings_are_sent_to_the_model(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    wanted = {
        "system_prompt": "You are a pirate.",
        "temperature": 0.25,
        "top_p": "0,9",
        "max_tokens": 77,
        "frequency_penalty": -1,
        "presence_penalty": 1.5,
        "stop": ["END", "\n\n"],
        "seed": 42,
    }
    said = say(reader, "Tuned from the start", settings=wanted)
    body = asked(model_server, "Tuned from the start")
    assert body["messages"][0]["content"].startswith("You are a pirate.")
    del wanted["system_prompt"]
    assert {name: body[name] for name in wanted} == wanted | {"top_p": 0.9}
    known = settings(site, said.conversation)
    assert (known["temperature"], known["stop"], known["seed"]) == (0.25, ["END", "\n\n"], 42)


def test_what_another_process_remembers_is_too_old_once_the_settings_are_others(site: Site, reader: Visitor) -> None:
    said = say(reader, "Tuned elsewhere")
    tag = "SELECT tag FROM conversations_conversation WHERE id = ?"
    assert kept.query(site, tag, said.conversation) != [("",)]
    assert reader.post(f"/c/{said.conversation}/settings/", {"seed": 3}).status_code == 204
    assert kept.query(site, tag, said.conversation) == [("",)]


def test_what_is_left_empty_is_the_models_own(reader: Visitor, model_server: ModelServer) -> None:
    said = say(reader, "Tuned and back", settings={"temperature": 1.5})
    assert reader.post(f"/c/{said.conversation}/settings/", {"temperature": None, "seed": 3}).status_code == 204
    say(reader, "Now without", said.conversation, parent=said.reply)
    body = asked(model_server, "Now without")
    assert "temperature" not in body
    assert body["seed"] == 3


@pytest.mark.parametrize(
    ("field", "value"), [("temperature", 3), ("top_p", "much"), ("stop", list("abcde")), ("seed", 1.5), ("turns", 0)]
)
def test_nonsense_is_refused_by_field_and_nothing_is_kept(
    site: Site, reader: Visitor, field: str, value: object
) -> None:
    said = say(reader, "Hello")
    before = settings(site, said.conversation)
    answer = reader.post(f"/c/{said.conversation}/settings/", {field: value, "model": "other-model"})
    assert answer.status_code == 400
    assert answer.json()["errors"][field]
    assert settings(site, said.conversation) == before
    body = {"message": str(uuid4()), "parent": None, "text": "Hi", "settings": {field: value}}
    refused = reader.post(f"/c/{uuid4()}/messages/", body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])


def test_only_the_turns_that_are_wished_are_sent(reader: Visitor, model_server: ModelServer) -> None:
    said = say(reader, "Turn one", settings={"turns": 1})
    again = say(reader, "Turn two", said.conversation, parent=said.reply)
    messages = asked(model_server, "Turn two")["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]
    assert again["done"]["context"]["first"] == again.message
    assert again["done"]["context"]["left_out"] == 2


def test_strangers_find_no_settings(reader: Visitor, stranger: Visitor) -> None:
    said = say(reader, "Mine")
    url = f"/c/{said.conversation}/settings/"
    assert stranger.http.get(url).status_code == 404
    assert stranger.post(url, {"temperature": 1}).status_code == 404


def test_without_scripts_there_is_a_page_of_them(site: Site, reader: Visitor) -> None:
    said = say(reader, "Hello")
    url = f"/c/{said.conversation}/settings/"
    page = reader.http.get(url).text
    assert "other-model" in page
    form = {"csrfmiddlewaretoken": reader.http.cookies["csrftoken"], "model": "other-model", "temperature": "0,5"}
    answer = reader.http.post(url, data=form, headers={"Referer": site.url})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/{said.conversation}/")
    assert settings(site, said.conversation)["temperature"] == 0.5
    wrong = reader.http.post(url, data=form | {"temperature": "hot"}, headers={"Referer": site.url})
    assert wrong.status_code == 400
    assert "hot" in wrong.text


def test_the_models_are_listed_with_what_one_likes_and_used_last(reader: Visitor) -> None:
    say(reader, "Hello", model="other-model")
    assert reader.post("/models/favourite/", {"model": "other-model", "on": "true"}).status_code == 204
    listed = reader.http.get("/models/").json()
    assert [model["id"] for model in listed["models"]] == ["test-model", "other-model", "guide"]
    assert listed["recent"][0] == "other-model"
    assert (listed["favourites"], listed["default"]) == (["other-model"], "test-model")
    reader.post("/models/favourite/", {"model": "other-model", "on": "false"})
    assert reader.http.get("/models/").json()["favourites"] == []


def test_the_guide_can_be_asked_too_and_gives_no_title(site: Site, reader: Visitor) -> None:
    said = say(reader, "How do I deploy to Heroku?", model="guide")
    message = kept.messages(site, said.conversation)[said.reply]
    assert (message["model"], message["backend"]) == ("guide", "guide")
    assert said["title"]["title_by"] == "fallback"


PIRATE = {
    "name": "Buccaneer",
    "model": "other-model",
    "system_prompt": "You are a pirate.",
    "temperature": 0.3,
    "examples": [{"user": "Hello?", "assistant": "Ahoy!"}],
}


def test_a_preset_begins_a_conversation(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    assert reader.post("/settings/presets/", PIRATE).status_code == 204
    known = reader.http.get("/settings/presets/", headers={"Accept": "application/json"}).json()["presets"]
    preset = next(one["id"] for one in known if one["name"] == "Buccaneer")
    said = say(reader, "Who goes there?", preset=preset, settings={"temperature": 0.7})
    body = asked(model_server, "Who goes there?")
    assert body["model"] == "other-model"
    assert body["temperature"] == 0.7
    assert [message["content"] for message in body["messages"]] == [
        "You are a pirate.",
        "Hello?",
        "Ahoy!",
        "Who goes there?",
    ]
    known = settings(site, said.conversation)
    assert (known["preset"], known["examples"]) == ("Buccaneer", PIRATE["examples"])
    again = say(reader, "And now?", said.conversation, parent=said.reply)
    assert again["started"]["model"] == "other-model"
    assert "Ahoy!" in str(asked(model_server, "And now?")["messages"])


def test_a_preset_that_is_gone_begins_nothing(reader: Visitor) -> None:
    conversation = str(uuid4())
    body = {"message": str(uuid4()), "parent": None, "text": "Hi", "preset": str(uuid4())}
    refused = reader.post(f"/c/{conversation}/messages/", body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["preset"])
    assert reader.http.get(f"/c/{conversation}/").status_code == 404


def test_the_users_own_words_come_with_every_question(reader: Visitor, model_server: ModelServer) -> None:
    own = {"system_prompt": "Answer in rhymes.", "about_me": "I am a baker.", "model": "other-model"}
    assert reader.post("/settings/", own).status_code == 204
    try:
        said = say(reader, "Own words, please")
        told = asked(model_server, "Own words, please")["messages"][0]["content"]
        assert told == "Answer in rhymes.\n\nAbout the user:\nI am a baker."
        assert said["started"]["model"] == "other-model"
    finally:
        reader.post("/settings/", dict.fromkeys(own, ""))


def test_a_setting_the_model_does_not_take_is_said(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    model_server.script.append(Answer(status=400, body='{"error": "temperature is not supported"}'))
    said = say(reader, "Without it [[say: Yes.]]", settings={"temperature": 0.5})
    assert said["done"]["context"]["ignored"] == ["temperature"]
    assert "made no difference: Temperature." in reader.http.get(f"/c/{said.conversation}/").text


def test_the_button_of_a_server_on_this_machine_takes_a_model_that_talks() -> None:
    ollama = LocalServer("Ollama", "http://127.0.0.1:11434/v1", ("nomic-embed-text:latest", "gemma2:latest"))
    assert [server["choice"] for server in offer.choices([ollama])] == ["ollama/gemma2:latest"]
