"""The documentation cut at its second-level headings, and the passages that answer a question.

Ranking is BM25 (Robertson and Zaragoza, 2009) with fields: a word in the heading counts for
several in the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path

from llm.backends.words import SYNONYMS, content, is_foreign, words

DOCS = Path(__file__).resolve().parents[2] / "docs"

_SATURATION, _LENGTH = 1.2, 0.5
_HEADING, _TITLE = 5.0, 1.0
_SYNONYM, _TYPO, _CONTEXT = 0.6, 0.8, 0.35
_LAST_PAGE, _WHOLE_HEADING, _QUOTED_HEADING = 0.15, 0.4, 1.6
_UNKNOWN = 3.2
_LONGEST_QUESTION = 2000
# Coverage: below the first a passage has nothing to do with the question, below the second it is no
# answer, below the third it is a guess.
_NEAR, _KNOWN, _SURE = 0.18, 0.33, 0.55


@dataclass(frozen=True, slots=True)
class Passage:
    page: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    passage: Passage
    score: float
    coverage: float
    """The share of what the question says that the passage speaks of, rare words counting for more."""

    @property
    def fits(self) -> bool:
        return self.coverage >= _KNOWN

    @property
    def sure(self) -> bool:
        return self.coverage >= _SURE


@dataclass(frozen=True, slots=True)
class Concept:
    terms: dict[str, float]
    rarity: float


class Library:
    def __init__(self, folder: Path) -> None:
        pages = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
        order = ["index.md", *re.findall(r"\]\((\w+\.md)\)", pages.get("index.md", ""))]
        self.pages = sorted(pages, key=lambda name: (order.index(name) if name in order else len(order), name))
        self.passages = [passage for name in self.pages for passage in cut(name, pages[name])]
        self._headings = [content(words(each.heading)) or [""] for each in self.passages]
        self._weights = [_weights(passage) for passage in self.passages]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, weights in enumerate(self._weights):
            for term in weights:
                self._places[term].append(place)
        lengths = [sum(weights.values()) for weights in self._weights]
        mean = sum(lengths) / max(len(lengths), 1)
        self._norms = [_SATURATION * (1 - _LENGTH + _LENGTH * length / mean) for length in lengths]
        # The map names the pages in the order in which people need them.
        self._priors = [1 - _LAST_PAGE * self.pages.index(each.page) / len(self.pages) for each in self.passages]
        self._spellings = self._spellings_of_headings()

    def search(self, question: str, before: str = "") -> list[Match]:
        """The passages that have to do with the question, those that answer it first, then by score.

        `before` is the question before this one: it decides where this one leaves something open.
        """
        asked = words(question[:_LONGEST_QUESTION])
        concepts = self._concepts(asked)
        if not concepts or is_foreign(asked):
            return []
        scores, covered = self._rate_all(concepts)
        whole = sum(concept.rarity for concept in concepts)
        sentence = f" {' '.join(content(asked))} "
        named = {term for concept in concepts for term in concept.terms}
        earlier, _ = self._rate_all(self._concepts(words(before[:_LONGEST_QUESTION])))
        for place in scores:
            heading = self._headings[place]
            scores[place] *= 1 + _WHOLE_HEADING * len(named.intersection(heading)) / len(heading)
            if len(heading) > 1 and f" {' '.join(heading)} " in sentence:
                scores[place] *= _QUOTED_HEADING
                covered[place] = whole
            scores[place] += _CONTEXT * earlier.get(place, 0.0)
        matches = [
            Match(self.passages[place], scores[place], covered[place] / whole)
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
        if term in self._places:
            return Concept(meant | {term: 1.0}, self._rarity(len(self._places[term])))
        if not meant:
            near = {topic for piece in _spellings(term) for topic in self._spellings.get(piece, ())}
            meant = {topic: _TYPO for topic in near if _plausible(term, topic)}
        if not meant:
            return Concept({}, _UNKNOWN)
        return Concept(meant, self._rarity(len({place for other in meant for place in self._places[other]})))

    def _rarity(self, found: int) -> float:
        return log(1 + (len(self.passages) - found + 0.5) / (found + 0.5))

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
                strength = concept.rarity * min(fit + 0.2, 1.0) * min(weight / 2, 1.0)
                best = rates.get(place, (0.0, 0.0))
                rates[place] = (max(score, best[0]), max(strength, best[1]))
        return rates

    def _spellings_of_headings(self) -> dict[str, set[str]]:
        topics = {term for passage in self.passages for term in content(words(passage.heading))}
        spellings: dict[str, set[str]] = defaultdict(set)
        for topic in topics | {term for term in SYNONYMS if term in self._places}:
            for piece in _spellings(topic):
                spellings[piece].add(topic)
        return spellings


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
            yield Passage(page, title, heading or title, body)
        lines = []
        if line.startswith("# "):
            title = line[2:].strip()
        else:
            heading = line[3:].strip()


def _weights(passage: Passage) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for text, weight in ((passage.text, 1.0), (passage.heading, _HEADING), (passage.title, _TITLE)):
        for term in content(words(text, parts=True)):
            weights[term] += weight
    return weights


def _plausible(typed: str, meant: str) -> bool:
    """Short words have too many neighbours, so their last letter has to be right, too."""
    ends_alike = len(typed) > 4 or typed[-1] == meant[-1]
    return typed[0] == meant[0] and ends_alike and max(len(typed), len(meant)) > 4


def _spellings(term: str) -> set[str]:
    """The term and what is left of it without one letter: one changed, missing, extra or
    swapped letter leaves two terms with a spelling in common."""
    return {term} | {term[:at] + term[at + 1 :] for at in range(len(term))}
