"""The documentation cut at its second-level headings, and the passages that answer a question.

Ranking is BM25 (Robertson and Zaragoza, 2009) with fields: a word in the heading counts for
several in the text. On top counts the phrase most like the question, of those that stand under the
heading in a comment; to index what people would ask is the idea of doc2query (Nogueira and others, 2019).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path

from llm.backends.phrases import Likeness, Phrases
from llm.backends.vocabulary import ELSEWHERE, STOP_WORDS
from llm.backends.words import SYNONYMS, content, is_foreign, words

DOCS = Path(__file__).resolve().parents[2] / "docs"

_COMMENT = re.compile(r"<!-- asked:(.*?)-->\s*", re.DOTALL)
_TABLE_ROW = re.compile(r"^\|.*$", re.MULTILINE)
_SATURATION, _LENGTH = 1.2, 0.3
_HEADING, _TITLE, _ASKED, _IN_TABLE = 6.0, 1.0, 1.0, -0.5
_SYNONYM, _TYPO, _CONTEXT, _LIKENESS = 0.65, 0.7, 0.35, 3.0
_LAST_PAGE, _WHOLE_HEADING, _QUOTED_HEADING, _ELSEWHERE = 0.15, 0.2, 1.6, 1.5
_MOST_KNOWN, _UNKNOWN = 2.5, 6.0
_LONGEST_QUESTION = 2000
# Of the evidence: below the first a passage is no answer, below the second it is a guess.
_KNOWN, _SURE = 0.6, 0.8
_NEAR, _BY_LIKENESS = 0.1, 0.6


@dataclass(frozen=True, slots=True)
class Passage:
    page: str
    title: str
    heading: str
    text: str
    asked: tuple[str, ...] = ()
    """How newcomers put it; never shown."""


@dataclass(frozen=True, slots=True)
class Match:
    passage: Passage
    score: float
    evidence: float
    """Grows with the share of what the question says that the passage speaks of, and with the likeness
    of the nearest phrase; rare words count for more."""

    @property
    def fits(self) -> bool:
        return self.evidence >= _KNOWN

    @property
    def sure(self) -> bool:
        return self.evidence >= _SURE


_NO_LIKENESS = Likeness()


@dataclass(frozen=True, slots=True)
class Concept:
    terms: dict[str, float]
    rarity: float
    share: float
    """Of the coverage. What the docs do not know says most: the question is about something else."""


class Library:
    def __init__(self, folder: Path) -> None:
        pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        order = ["index.md", *re.findall(r"\]\((\w+\.md)\)", pages.get("index.md", ""))]
        self.pages = sorted(pages, key=lambda name: (order.index(name) if name in order else len(order), name))
        self.passages = [passage for name in self.pages for passage in cut(name, pages[name])]
        indexed = [*self.passages, Passage("", "", "", "", ELSEWHERE)]
        self._elsewhere = len(self.passages)
        self._headings = [content(words(each.heading)) or [""] for each in indexed]
        self._weights = [_weights(each) for each in indexed]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, weights in enumerate(self._weights):
            for term in weights:
                self._places[term].append(place)
        lengths = [sum(weights.values()) for weights in self._weights]
        mean = sum(lengths) / max(len(lengths), 1)
        self._norms = [_SATURATION * (1 - _LENGTH + _LENGTH * length / mean) for length in lengths]
        # The map names the pages in the order in which people need them.
        self._priors = [1 - _LAST_PAGE * self.pages.index(each.page) / len(self.pages) for each in self.passages]
        self._priors.append(1.0)
        self._phrases = Phrases([(each.heading, *each.asked) for each in indexed], self._rarity)
        self._spellings: dict[str, set[str]] = defaultdict(set)
        for topic in self._phrases.topics | {term for term in SYNONYMS if term in self._places}:
            for piece in _spellings(topic):
                self._spellings[piece].add(topic)

    def search(self, question: str, before: str = "") -> list[Match]:
        """The passages that have to do with the question, those that answer it first, then by score.

        `before` is the question before this one: it decides where this one leaves something open.
        """
        asked = words(question[:_LONGEST_QUESTION])
        concepts = self._concepts(asked)
        if not concepts or is_foreign(asked):
            return []
        scores, covered = self._rate_all(concepts)
        likeness = self._phrases.likeness([(each.terms, each.rarity) for each in concepts if each.rarity], asked)
        whole = sum(concept.share for concept in concepts) or _UNKNOWN
        sentence = f" {' '.join(content(asked))} "
        named = {term for concept in concepts for term in concept.terms}
        earlier, _ = self._rate_all(self._concepts(words(before[:_LONGEST_QUESTION])))
        for place in scores:
            heading = self._headings[place]
            scores[place] *= 1 + _WHOLE_HEADING * len(named.intersection(heading)) / len(heading)
            if len(heading) > 1 and f" {' '.join(heading)} " in sentence:
                scores[place] *= _QUOTED_HEADING
                covered[place] = whole
            scores[place] *= 1 + covered[place] / whole
            scores[place] += _LIKENESS * likeness.get(place, _NO_LIKENESS).score + _CONTEXT * earlier.get(place, 0.0)
        elsewhere = _ELSEWHERE * scores.pop(self._elsewhere, 0.0)
        if elsewhere > max(scores.values(), default=0.0):
            return []
        matches = [
            Match(
                self.passages[place],
                scores[place],
                covered[place] / whole + _BY_LIKENESS * likeness.get(place, _NO_LIKENESS).share,
            )
            for place in scores
            if covered[place] >= _NEAR * whole
        ]
        return sorted(matches, key=lambda match: (match.fits, match.score), reverse=True)

    def passage(self, page: str, heading: str) -> Passage | None:
        return next((each for each in self.passages if (each.page, each.heading) == (page, heading)), None)

    def _concepts(self, asked: list[str]) -> list[Concept]:
        return [self._concept(term) for term in dict.fromkeys(content(asked))]

    def _concept(self, term: str) -> Concept:
        """What a word of the question may stand for in the docs, and how much it says."""
        meant = {other: _SYNONYM for other in SYNONYMS.get(term, ()) if other in self._places}
        if term not in self._places and not meant:
            near = {topic for piece in _spellings(term) for topic in self._spellings.get(piece, ())}
            meant = {topic: _TYPO for topic in near if _plausible(term, topic)}
        if term in self._places:
            meant[term] = 1.0
        if not meant and any(_plausible(term, word) for word in _one_letter_off(term)):
            return Concept({}, 0.0, 0.0)
        places = {place for other in meant for place in self._places[other]}
        rarity = self._rarity(len(self._places.get(term) or places)) if meant else _UNKNOWN
        return Concept(meant, rarity, _UNKNOWN if places <= {self._elsewhere} else min(rarity, _MOST_KNOWN))

    def _rarity(self, found: int) -> float:
        return log(1 + max(len(self.passages) - found, 0) / (found + 0.5) + 0.5 / (found + 0.5))

    def _rate_all(self, concepts: list[Concept]) -> tuple[dict[int, float], dict[int, float]]:
        """Score and coverage by place."""
        scores: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        for concept in concepts:
            for place, (score, strength) in self._rate(concept).items():
                scores[place] += score * self._priors[place]
                covered[place] += strength
        return scores, covered

    def _rate(self, concept: Concept) -> dict[int, tuple[float, float]]:
        """The same for one concept; of several terms in one passage only the best counts."""
        rates: dict[int, tuple[float, float]] = {}
        for term, fit in concept.terms.items():
            rarity = fit * min(concept.rarity, self._rarity(len(self._places[term])))
            for place in self._places[term]:
                weight = self._weights[place][term]
                score = rarity * weight * (_SATURATION + 1) / (weight + self._norms[place])
                strength = concept.share * fit * min(weight / 2, 1.0)
                best = rates.get(place, (0.0, 0.0))
                rates[place] = (max(score, best[0]), max(strength, best[1]))
        return rates


@cache
def library() -> Library:
    return Library(DOCS)


def cut(page: str, text: str) -> Iterator[Passage]:
    """The passages of a page; what stands before the first second-level heading goes under the title."""
    title, heading, lines, fence = page, "", list[str](), ""
    for line in [*text.splitlines(), "## "]:
        if fence or not line.startswith(("# ", "## ")):
            opening = re.match(r"\s*(`{3,}|~{3,})", line)
            if opening and not fence:
                fence = opening[1]
            elif fence and line.strip() == fence:
                fence = ""
            lines.append(line)
            continue
        if body := "\n".join(lines).strip():
            comment = _COMMENT.match(body)
            asked = " ".join(comment[1].split()).split("; ") if comment else ()
            yield Passage(page, title, heading or title, body[comment.end() :] if comment else body, tuple(asked))
        lines = []
        if line.startswith("# "):
            title = line[2:].strip()
        else:
            heading = line[3:].strip()


def _weights(passage: Passage) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for text, weight in (
        (passage.text, 1.0),
        ("\n".join(_TABLE_ROW.findall(passage.text)), _IN_TABLE),
        (passage.heading, _HEADING),
        (passage.title, _TITLE),
        ("\n".join(passage.asked), _ASKED),
    ):
        for term in content(words(text, parts=True)):
            weights[term] += weight
    return weights


def _plausible(typed: str, meant: str) -> bool:
    """Short words have too many neighbours, so more of them has to be right."""
    if len(typed) == len(meant) < 7 and sorted(typed) != sorted(meant):
        return False
    ends_alike = len(typed) > 4 or typed[-1] == meant[-1]
    return typed[0] == meant[0] and ends_alike and max(len(typed), len(meant)) > 4


def _one_letter_off(term: str) -> Iterator[str]:
    """The stop words that are misspelt like this."""
    pieces = _spellings(term)
    return (word for word in STOP_WORDS if len(term) > 4 and not pieces.isdisjoint(_spellings(word)))


def _spellings(term: str) -> set[str]:
    """The term and what is left of it without one letter: one changed, missing, extra or
    swapped letter leaves two terms with a spelling in common."""
    return {term} | {term[:at] + term[at + 1 :] for at in range(len(term))}
