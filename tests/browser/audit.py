"""Finds what a page says in no language of its catalog: texts that were never marked, or come from elsewhere."""

from __future__ import annotations

import re
from functools import cache

from tests.browser.chat import Chat
from tests.chatsite.catalogs import everywhere

# All that can be seen, heard or pointed at, hidden or in templates too; not what people and models have said.
TEXTS = """() => {
    const theirs = "[dir=auto], code, pre, option, time, .brand, .account-name, .account-initial";
    const ours = "script, style, noscript, svg";
    const roots = [document.body, ...Array.from(document.querySelectorAll("template"), ({content}) => content)];
    const texts = [];
    for (const root of roots) {
        for (const element of root.querySelectorAll("*")) {
            if (!element.closest(ours)) {
                for (const name of ["aria-label", "placeholder", "data-title", "alt"]) {
                    texts.push(element.getAttribute(name) ?? "");
                }
                texts.push(element.closest(theirs) ? "" : (element.getAttribute("title") ?? ""));
            }
        }
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const {parentElement: parent, data} = walker.currentNode;
            texts.push(parent?.closest(`${ours}, ${theirs}`) ? "" : data);
        }
    }
    const given = [document.querySelector("h1[dir=auto]")?.textContent, new URLSearchParams(location.search).get("q")];
    texts.push(...document.title.split(" · ").filter((text) => !given.includes(text)));
    return [...new Set(texts.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean))];
}"""
# Names, which are the same in every language, and the labels of Django's and django-allauth's own forms.
NAMES = re.compile(
    r"Chatsite( guide)?|guide|Markdown|JSON|Alt|Esc|Python|[\w./-]*model[\w.-]*|(visitor|newcomer)-\w+|.*\[\[.*"
)
OTHERS = re.compile(r"(Aktuelles|Neues )?\s?Passwort( \(Wiederholung\))?|E-Mail( \(optional\))?|Das Passwort .+\.")
PLACE = re.compile(r"%\(\w+\)[sd]")


@cache
def spoken(locale: str) -> re.Pattern[str]:
    """What our texts look like in a language, whatever stands in the places they leave."""
    texts = {text for other, _, entry in everywhere() if other == locale for text in entry.translations}
    # Elements cut a text into pieces.
    pieces = {" ".join(piece.split()) for text in texts for piece in [text, *re.split(r"</?\w+>", text)]}
    # What is nothing but a place would be like any text.
    wordy = [PLACE.split(piece) for piece in pieces if re.search(r"\w", PLACE.sub("", piece))]
    return re.compile("|".join(".+".join(map(re.escape, parts)) for parts in wordy))


def unspoken(chat: Chat, locale: str) -> list[str]:
    texts: list[str] = chat.page.evaluate(TEXTS)
    foreign = (text for text in texts if re.search(r"[A-Za-z]{2}", text))
    # A separator stands between texts that are whole by themselves.
    pieces = (piece for text in foreign for piece in text.strip(" ·").split(" · "))
    return [piece for piece in pieces if not _known(piece, locale)]


def _known(piece: str, locale: str) -> bool:
    patterns = (spoken(locale), NAMES, OTHERS)
    # Two texts may stand in one paragraph.
    return any(
        all(any(pattern.fullmatch(text) for pattern in patterns) for text in texts)
        for texts in ([piece], re.split(r"(?<=\.) ", piece))
    )
