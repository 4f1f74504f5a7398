"""What a model server may say besides its reply, and must not break anything with."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from llm.retrying import DELAYS
from tests.model_answers import Answer
from tests.model_server import ModelServer
from tests.site import Site, Visitor


def counting(prompt: Any, completion: Any) -> Answer:
    told = {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}}
    return Answer(text="Here it is.", usage="never", events=(f"data: {json.dumps(told)}\n\n",))


@pytest.mark.parametrize("number", [-1, 2**31, 10**30, True, 1.5, "7", None])
def test_tokens_nobody_can_count_cost_no_reply(reader: Visitor, model_server: ModelServer, number: Any) -> None:
    model_server.script.append(counting(number, 3))
    said = reader.say("How many?")
    assert (said["done"]["finish"], said["done"]["usage"]) == ("stop", None)
    assert "Here it is." in reader.http.get(f"/c/{said.conversation}/").text


def test_what_it_says_makes_no_lines_in_the_log(site: Site, reader: Visitor, model_server: ModelServer) -> None:
    message = "no\r\nERROR django: forged\u2028\x1b[2Jline"
    model_server.script.append(Answer(status=400, body=json.dumps({"error": {"message": message}})))
    model_server.script.append(Answer(status=400, body=json.dumps({"error": {"message": message}})))
    reader.say("Hello")
    log = site.log.read_text(encoding="utf-8")
    assert "forged" in log
    assert [line for line in log.split("\n") if "forged" in line and not line.startswith("WARNING conversations")] == []
    assert "\x1b" not in log


@pytest.mark.parametrize("after", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_who_is_to_come_back_at_once_comes_back_a_little_later(
    reader: Visitor, model_server: ModelServer, after: str
) -> None:
    model_server.script.append(Answer(status=429, headers={"Retry-After": after}))
    began = time.monotonic()
    said = reader.say("Hello [[say: Here I am.]]")
    assert time.monotonic() - began >= DELAYS[0]
    assert (said["waiting"]["seconds"], said["done"]["finish"]) == (1, "stop")


@pytest.mark.parametrize("after", ["86400", "99999999999", "9" * 90])
def test_who_is_to_come_back_much_later_is_told_so(reader: Visitor, after: str) -> None:
    said = reader.say(f"Hello [[fail 429 for {after}]]")
    assert ("waiting" in said.names, said["failed"]["retry_after"] >= 3600) == (False, True)


def test_a_model_whose_server_is_away_stays_chosen_where_another_setting_is_saved(reader: Visitor) -> None:
    said = reader.say("Hello")
    reader.post(f"/c/{said.conversation}/settings/", {"model": "away-model"})
    page = reader.http.get(f"/c/{said.conversation}/settings/").text
    assert '<option value="away-model" selected>away-model</option>' in page


def test_the_fields_of_a_new_chat_are_there_for_whoever_opens_them(reader: Visitor) -> None:
    answer = reader.http.get("/c/new/settings/", params={"model": "away-model"})
    assert (answer.status_code, 'name="temperature"' in answer.text) == (200, True)
