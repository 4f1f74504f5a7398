from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import pytest

from llm.backends.base import Message
from llm.backends.guide import Guide, answer, pieces
from llm.backends.passages import DOCS, Library, cut, library
from llm.chunk import Chunk
from llm.config import Config, Sampling
from llm.errors import LLMError, Upstream
from tests.llm.newcomers import FRESH, UNRELATED

QUESTIONS = [
    ("how do i get it going on my computer", "start.md", "How do I install and start Chatsite"),
    ("what is this thing, chatsite?", "index.md", "What is Chatsite"),
    ("is it open source?", "index.md", "Is Chatsite free"),
    ("can i upload a pdf?", "index.md", "Which features are missing"),
    ("which python version do i need", "start.md", "Which Python version"),
    ("where did it put my files?", "start.md", "Where are my data and files?"),
    ("the port is already taken, what now", "start.md", "How do I use another port"),
    ("how to upgrade to the newest release", "start.md", "How do I update"),
    ("where's the shutdown button for the server", "start.md", "How do I stop, restart"),
    ("how do i conect my hugingface tokn", "models.md", "How do I use Hugging Face?"),
    ("I already have ollama running, can you use it?", "models.md", "How do I use Ollama?"),
    ("vllm wants the same port", "models.md", "How do I use vLLM or TGI?"),
    ("hook up a gpt-4 key", "models.md", "How do I use OpenAI"),
    ("swap gemma for another llm", "models.md", "How do I choose the model?"),
    ("why does the first answer take ages?", "models.md", "The model is slow"),
    ("who writes the names of the chats on the left?", "models.md", "Where do the titles"),
    ("the deepseek model shows its thoughts, why?", "models.md", "What about models that think"),
    ("Connect a real model", "models.md", "How do I connect a language model?"),
    ("use postgres rather than sqlite", "settings.md", "How do I switch to PostgreSQL?"),
    ("can i give it our own name and logo", "settings.md", "How do I change the name"),
    ("keep my chats in an amazon bucket", "storage.md", "How do I store conversations in Amazon S3?"),
    ("can I use minio instead of aws?", "storage.md", "How do I use MinIO"),
    ("which things should be included in a backup?", "storage.md", "What do I need to back up?"),
    ("get my chats out as a file", "storage.md", "Can I export my conversations"),
    ("move everything from disk to s3", "storage.md", "How do I move from the folder"),
    ("how to register", "accounts.md", "How do I sign up?"),
    ("chnage my pasword", "accounts.md", "How do I change my password?"),
    ("I can't remember my password", "accounts.md", "I forgot my password"),
    ("configure smtp", "accounts.md", "How do I set up e-mail?"),
    ("only me uses it, skip the login please", "accounts.md", "Can I use Chatsite alone"),
    ("make someone an admin", "accounts.md", "How do I make an administrator?"),
    ("put it on heroku", "deploy.md", "How do I deploy to Heroku?"),
    ("which nginx config do you need for streaming", "deploy.md", "How do I put nginx"),
    ("what have i configured wrong?", "doctor.md", "What is set up wrong?"),
    ("send a test mail to see whether smtp works", "doctor.md", "How do I try everything"),
    ("where do I report a bug?", "doctor.md", "How do I report a problem"),
    ("put yesterday's backup back", "storage.md", "How do I restore a backup?"),
    ("let prometheus scrape the numbers", "watching.md", "How do I watch it with Prometheus"),
    ("i want the log as json", "watching.md", "What does a line of the log say"),
    ("send crashes to sentry", "watching.md", "How do I send errors to Sentry?"),
    ("cancel a reply", "using.md", "How do I stop an answer?"),
    ("get rid of a chat", "using.md", "How do I delete a conversation?"),
    ("what happens to the reply when I shut the tab", "using.md", "What happens if I close the page"),
    ("is there a night mode?", "using.md", "How do I switch to dark mode?"),
    ("does it work on my iphone", "using.md", "How do I use Chatsite on a phone?"),
    ("line break without sending", "using.md", "How do I send a message?"),
    ("Show me what Markdown rendering can do", "formatting.md", "What can Markdown rendering show?"),
    ("images don't show up in the reply", "formatting.md", "Why are pictures"),
    ("it says quota used up", "errors.md", '"The quota for this model is used up"'),
    ("csrf verification failed", "errors.md", '"This page is out of date"'),
    ("what do you write into the logs?", "privacy.md", "What is logged?"),
    ("do you sell my data or train on it?", "privacy.md", "Is what I write used to train"),
    ("Why didn't you take Python-Markdown?", "architecture.md", "Why markdown-it-py"),
]

SENTENCES = [
    LLMError.sentence,
    *(kind.sentence for kind in LLMError.__subclasses__() if kind is not Upstream),
]

NOT_ABOUT_CHATSITE = [
    "",
    "   \n",
    "???",
    "Hello",
    "hi there!",
    "Thank you very much",
    "ok cool",
    "asdfgh",
    "What is the capital of France?",
    "write a poem about the sea",
    "explain quantum computing to a five year old",
    "give me a recipe for pancakes",
    "what is 2+2",
    "who is the president of the united states",
    "difference between tcp and udp",
    "Wie kann ich mein Passwort ändern?",
    "comment changer mon mot de passe ?",
    "¿Cómo puedo cambiar mi contraseña?",
    "如何更改密码",
    "как сменить пароль?",
]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guide, "pieces_per_second", 1e6)


def said(*texts: str) -> list[Message]:
    """A conversation: question, answer, question, …"""
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


def asked(question: str) -> str:
    return answer(said(question), library())


async def reply(*texts: str) -> list[Chunk]:
    return [chunk async for chunk in Guide(Config()).reply(said(*texts), "guide", Sampling())]


@pytest.mark.parametrize(("question", "page", "heading"), QUESTIONS)
def test_a_newcomers_question_is_answered_by_the_passage_about_it(question: str, page: str, heading: str) -> None:
    best = library().search(question)[0]
    assert best.fits
    assert (best.passage.page, best.passage.heading[: len(heading)]) == (page, heading)


def test_most_questions_it_was_not_tuned_for_are_answered_by_the_right_passage() -> None:
    right = [
        best.fits and best.passage.heading.startswith(headings)
        for question, headings in FRESH
        for best in library().search(question)[:1]
    ]
    assert sum(right) >= 0.82 * len(FRESH)


def test_next_to_no_question_about_other_things_is_answered() -> None:
    answered = [question for question in UNRELATED if not asked(question).startswith("I am the built-in guide")]
    assert len(answered) <= 2, answered


def test_the_phrases_people_ask_with_are_not_shown() -> None:
    assert all(passage.asked for passage in library().passages)
    assert not [passage.heading for passage in library().passages if "<!--" in passage.text]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_pasted_error_message_finds_the_way_out(sentence: str) -> None:
    best = library().search(sentence)[0]
    assert (best.passage.page, best.sure) == ("errors.md", True)
    assert best.passage.heading.strip('"') in sentence


@pytest.mark.parametrize("question", NOT_ABOUT_CHATSITE)
def test_what_is_not_about_chatsite_gets_the_introduction_and_the_way_to_a_model(question: str) -> None:
    text = asked(question)
    assert text.startswith("I am the built-in guide, not a language model")
    assert "HF_TOKEN=" in text
    assert "LLM_BASE_URL=" in text
    assert text.count("\n- ") >= 2, "it suggests what one could ask"


def test_the_answer_is_the_passage_as_it_stands_in_the_docs() -> None:
    command = "ollama pull gemma2\nLLM_BASE_URL=http://127.0.0.1:11434/v1 make run"
    assert command in (DOCS / "models.md").read_text(encoding="utf-8")
    text = asked("how do I use ollama")
    assert text.startswith("## How do I use Ollama?\n")
    assert f"```sh\n{command}\n```" in text


def test_an_answer_suggests_neighbouring_questions_but_not_itself() -> None:
    body, _, suggestions = asked("how do I change my password?").partition("You could also ask:")
    headings = re.findall(r"^- (.+)$", suggestions, re.MULTILINE)
    assert body.startswith("## How do I change my password?")
    assert 1 <= len(headings) <= 3
    assert "How do I change my password?" not in headings
    assert {passage.heading for passage in library().passages} >= set(headings)


def test_links_between_pages_of_the_docs_become_text() -> None:
    text = asked("put it on heroku")
    assert "Bucketeer" in text
    assert ".md" not in text


def test_a_guess_is_called_a_guess() -> None:
    text = asked("can i scale a bucket")
    assert text.startswith("I am not sure that this is what you mean")
    assert "\n## " in text


@pytest.mark.parametrize("follow_up", ["and with S3?", "what about s3", "and on amazon?"])
def test_a_follow_up_is_read_together_with_the_question_before(follow_up: str) -> None:
    first = "How do I store conversations in a folder?"
    text = answer(said(first, asked(first), follow_up), library())
    assert "## How do I store conversations in Amazon S3?" in text


def test_the_question_before_does_not_drown_a_new_one() -> None:
    text = answer(said("how do I use ollama", "…", "how do I change my password?"), library())
    assert text.startswith("## How do I change my password?")


def test_asking_for_more_gives_the_next_passage_not_the_same_again() -> None:
    first = asked("how do I change my password?")
    text = answer(said("how do I change my password?", first, "tell me more"), library())
    assert text.startswith(("## ", "I am not sure"))
    assert "## How do I change my password?" not in text


def test_thanks_after_an_answer_is_not_taken_for_a_question() -> None:
    text = answer(said("how do I use ollama", "…", "thanks!"), library())
    assert text.startswith("I am the built-in guide")


def test_the_sample_of_markdown_shows_every_kind_of_block() -> None:
    text = asked("Show me what Markdown rendering can do")
    for sample in (
        "### ",
        "   - ",
        "- [x] ",
        ":-------------:",
        "```python",
        "```javascript",
        "> ",
        "$$",
        "[^",
    ):
        assert sample in text, sample


async def test_a_reply_streams_in_many_small_pieces_and_ends_once(quick: None) -> None:
    chunks = await reply("how do I use ollama")
    assert "".join(chunk.text for chunk in chunks) == asked("how do I use ollama")
    assert len(chunks) > 50
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["stop"]
    assert chunks[-1].finish == "stop"
    assert not any(chunk.usage or chunk.reasoning for chunk in chunks)


async def test_a_reply_streams_at_reading_speed() -> None:
    stream = Guide(Config()).reply(said("hello"), "guide", Sampling())
    begun = time.perf_counter()
    for _ in range(20):
        await anext(stream)
    assert 0.15 < time.perf_counter() - begun < 10
    await stream.aclose()


async def test_a_cancelled_reply_stops_at_once() -> None:
    task = asyncio.create_task(reply("Show me what Markdown rendering can do"))
    await asyncio.sleep(0.1)
    task.cancel()
    begun = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("text", ["", " ", "a", "a b\n\n  c  ", "\n\nx\n", "| a |  b |\n|---|---|\n"])
def test_the_pieces_of_a_text_make_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_the_docs_are_read_and_indexed_in_a_moment() -> None:
    def once() -> float:
        begun = time.process_time()
        Library(DOCS)
        return time.process_time() - begun

    assert min(once() for _ in range(3)) < 0.15


def test_a_very_long_question_is_answered_without_delay() -> None:
    begun = time.process_time()
    asked("how do I use ollama " + "lorem ipsum " * 8000)
    assert time.process_time() - begun < 0.2


def test_headings_inside_code_do_not_cut_a_passage() -> None:
    def headings(text: str) -> Iterator[str]:
        return (passage.heading for passage in cut("page.md", text))

    code = "````text\n```\n## not a heading\n```\n````"
    page = f"# Page\n\nIntroduction.\n\n## First\n\n{code}\n\n## Second\n\ntext\n"
    assert list(headings(page)) == ["Page", "First", "Second"]


def test_without_docs_the_guide_still_says_what_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Library(tmp_path_factory.mktemp("docs"))
    assert answer(said("how do I use ollama"), empty).startswith("I am the built-in guide")


def test_every_passage_can_be_found_by_its_own_heading() -> None:
    lost = [
        passage.heading
        for passage in library().passages
        if passage.heading not in [match.passage.heading for match in library().search(passage.heading)[:2]]
    ]
    assert lost == []
