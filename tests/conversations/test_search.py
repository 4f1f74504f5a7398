"""What is said is found by those who said it, at once, and by nobody else; the same on every database."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conversations import search
from conversations.finding import HITS, find
from conversations.models import Conversation, Said
from tests.conversations.commands import manage
from tests.conversations.past import talked, transcript_of

pytestmark = pytest.mark.django_db


def indexed(owner: User, *texts: str, title: str = "A title") -> Conversation:
    row = talked(owner, texts, title=title)
    search.said(transcript_of(row), *transcript_of(row).messages.values())
    search.titled(row.id)
    return row


def texts(user: User, query: str) -> list[str]:
    """The excerpts, with the marked words in brackets."""
    return [marked(hit.excerpt) for hit in find(user, query).messages]


def titles(user: User, query: str) -> list[str]:
    return [marked(hit.title) for hit in find(user, query).titles]


def marked(parts: list[tuple[str, bool]]) -> str:
    return "".join(f"[{part}]" if is_marked else part for part, is_marked in parts)


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("明天北京的天气", "天气", "明天北京的[天气]"),
        ("明天北京的天气", "北", "明天[北]京的天气"),
        ("明天北京的天气", "北京的天", "明天[北京的天]气"),
        ("明天北京的天气", "天气 北京", "明天[北京]的[天气]"),
        ("天北 京天", "天京", None),
        ("東京タワーへ行く", "タワー", "東京[タワー]へ行く"),
        ("ガイド", "カイド", None),
        ("สวัสดีชาวโลก", "ชาว", "สวัสดี[ชาว]โลก"),
        ("학교에서 만나요", "학교", "[학교]에서 만나요"),
        ("iPhone手机壳", "手机 iphone", "[iPhone][手机]壳"),
        ("A Café in Zürich", "cafe zurich", "A [Café] in [Zürich]"),
        ("Cafe\u0301 au lait", "café", "[Café] au lait"),
        ("STRASSE", "straße", "[STRASSE]"),
        ("Die Straße hier", "strasse hier", "Die [Straße] [hier]"),
        ("ﬁne ½ print", "fine", "[ﬁne] ½ print"),
        ("Приве́т, мир", "привет", "[Приве́т], мир"),
        ("مُحَمَّد", "محمد", "[مُحَمَّد]"),
        ("हिन्दी में लिखो", "हिन्दी ", "[हिन्दी] में लिखो"),
        ("Sourdough starter", "sour", "[Sour]dough starter"),
        ("Sourdough starter", "sour ", None),
        ("Sourdough starter", "dough", None),
        ("Sourdough starter", "starter sourd", "[Sourd]ough [starter]"),
        ("Sourdough starter", "s", None),
        ("Sourdough starter", "sourdough bread", None),
        ("a 🎉 party", "🎉", "a [🎉] party"),
        ("x" * 5000, "x" * 100, f"[{'x' * 100}]"),
        ("C++ & C#: don't", "don't", "C++ & C#: [don]'[t]"),
        ("null\0byte", "null byte", "[null]\ufffd[byte]"),
    ],
)
def test_words_are_found_however_they_are_written(alice: User, text: str, query: str, found: str | None) -> None:
    indexed(alice, text)
    hits = texts(alice, query)
    if found is None:
        assert hits == []
    else:
        assert len(hits) == 1
        assert hits[0].startswith(found.rstrip("]"))


@pytest.mark.parametrize(
    "query",
    ['"', "'", "*", "NEAR(a b)", "a OR b", "-rome", "rome -oslo", "a & b | !c:*", "words:rome", "^rome", "\\", "%", "_",
     "(", "rome)", "'rome' <-> 'oslo'", "\0", "{rome}", "rome*", "_m", "a" * 10_000, "ab " * 5_000,
     "".join(map(chr, range(0x3300, 0x33C8))), "".join(map(chr, range(0x4E00, 0x4EC8)))],
)  # fmt: skip
def test_what_is_syntax_elsewhere_is_only_text_here(alice: User, as_alice: Client, query: str) -> None:
    indexed(alice, "When in Rome")
    assert as_alice.get("/search/", {"q": query}).status_code == 200
    find(alice, query)


def test_signs_around_a_word_do_not_hide_it(alice: User) -> None:
    indexed(alice, "When in Rome")
    for query in ("rome*", '"rome"', "(rome)", "-rome", "rome:*", "'rome'"):
        assert texts(alice, query) == ["When in [Rome]"], query


def test_the_newest_are_first_and_the_others_come_on_demand(alice: User) -> None:
    indexed(alice, *[f"Apple number {number:02}" for number in range(HITS + 5)])
    first = find(alice, "apple")
    assert [hit.excerpt[-1][0] for hit in first.messages] == [f" number {n:02}" for n in reversed(range(5, HITS + 5))]
    rest = find(alice, "apple", before=first.next_cursor)
    assert [hit.excerpt[-1][0] for hit in rest.messages] == [f" number {n:02}" for n in reversed(range(5))]
    assert rest.next_cursor is None


def test_nobody_finds_what_others_said(alice: User, bob: User) -> None:
    indexed(alice, "The secret is out", title="Secret Plans")
    indexed(bob, f"_m{alice.id.hex} _t{alice.id.hex} nothing", title=f"_t{alice.id.hex}")
    for query in ("secret", "", "nothing"):
        assert find(bob, query).titles == []
        assert "secret" not in str(find(bob, query)).lower()
    assert texts(alice, "nothing") == []
    assert texts(alice, f"_m{alice.id.hex}") == []
    assert texts(alice, "secret") == ["The [secret] is out"]


def test_titles_are_found_and_follow_their_conversation(alice: User, as_alice: Client) -> None:
    row = indexed(alice, "Hello", title="Weekend in Rome")
    assert titles(alice, "rom") == ["Weekend in [Rom]e"]
    as_alice.post(f"/c/{row.id}/rename/", {"title": "Weekend in Oslo"})
    assert titles(alice, "rome") == []
    assert titles(alice, "oslo") == ["Weekend in [Oslo]"]


def test_the_last_revision_is_found_whatever_comes_last(alice: User) -> None:
    row = indexed(alice, "First words")
    transcript = transcript_of(row)
    message = next(iter(transcript.messages.values()))
    later = message.revised(text="Second words")
    for one in (later, message, later):
        search.said(transcript, one)
    assert texts(alice, "words") == ["Second [words]"]
    assert texts(alice, "first") == []
    assert Said.objects.exclude(role="title").count() == 1


def test_what_is_known_and_what_is_new_are_written_together(alice: User) -> None:
    transcript = transcript_of(indexed(alice, "First words"))
    known = next(iter(transcript.messages.values()))
    new = type(known)(str(uuid4()), role="user", text="New words", created_at=timezone.now())
    search.said(transcript, known.revised(text="Second words"), new)
    assert sorted(texts(alice, "words")) == ["New [words]", "Second [words]"]


def test_one_message_id_in_two_conversations_is_two_messages(alice: User, bob: User) -> None:
    row, other = indexed(alice, "Mine alone"), talked(bob, [])
    transcript = transcript_of(other)
    message = next(iter(transcript_of(row).messages.values()))
    search.said(transcript, message.revised(text="Not yours"))
    assert texts(alice, "mine") == ["[Mine] alone"]
    assert texts(bob, "yours") == ["Not [yours]"]


@pytest.mark.parametrize("size", [100_000, 400_000])
@pytest.mark.parametrize("kind", ["different words", "one word", "letters"])
def test_a_very_long_message_can_be_found(alice: User, kind: str, size: int) -> None:
    long = {
        "different words": " ".join(f"w{number}" for number in range(size // 6)),
        "one word": "x" * size,
        "letters": "".join(chr(0x4E00 + (number * number) % 20_000) for number in range(size)),
    }[kind]
    indexed(alice, f"Begin {long}")
    assert len(texts(alice, "begin")) == 1
    assert len(texts(alice, long[:30])) == 1


def test_the_index_is_made_again_from_the_store(alice: User) -> None:
    row = talked(alice, ["Apples and pears", "Oranges"], title="Fruit")
    gone = uuid4()
    Said.objects.create(id=1, conversation=row, owner=alice.id, message=gone, role="user", text="apples", words=" a ")
    assert manage("reindex").code == 0
    assert texts(alice, "apples") == ["[Apples] and pears"]
    assert titles(alice, "fruit") == ["[Fruit]"]
    assert not Said.objects.filter(message=gone).exists()
    before = list(Said.objects.order_by("id").values())
    assert manage("reindex").code == 0
    assert list(Said.objects.order_by("id").values()) == before


def test_a_conversation_that_changes_hands_is_found_by_its_owner_only(alice: User, bob: User) -> None:
    row = indexed(alice, "Apples")
    Conversation.objects.filter(id=row.id).update(owner=bob)
    Said.objects.update(owner=bob.id)
    manage("reindex")
    assert texts(alice, "apples") == ["[Apples]"]
    assert texts(bob, "apples") == []


def test_many_messages_of_one_moment_are_all_found(alice: User) -> None:
    row = talked(alice, [])
    transcript = transcript_of(row)
    one = next(iter(transcript_of(indexed(alice, "Hail")).messages.values()))
    now = timezone.now()
    crowd = [type(one)(str(uuid4()), role="user", text=f"Crowd {number}", created_at=now) for number in range(4000)]
    search.said(transcript, *crowd)
    assert Said.objects.filter(conversation=row).count() == 4000


def test_two_that_get_one_id_by_chance_are_both_found(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (talked(alice, ["Hello"], title=title) for title in ("Apples", "Pears"))
    Conversation.objects.filter(id=other.id).update(created_at=one.created_at)
    chances = iter([1, 1, 2])
    monkeypatch.setattr("conversations.search.secrets.randbits", lambda bits: next(chances))
    for row in (one, other):
        search.titled(row.id)
    assert titles(alice, "apples") == ["[Apples]"]
    assert titles(alice, "pears") == ["[Pears]"]
