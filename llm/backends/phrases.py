"""What people ask for each passage with, and which of it is most like a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from llm.backends.vocabulary import STOP_WORDS
from llm.backends.words import each_words, stem

_FUNCTION_WORD = 0.4


class Likeness(NamedTuple):
    score: float = 0.0
    share: float = 0.0
    """The cosine of question and phrase, from 0 to 1."""


class Phrases:
    """Unlike in running text, small words tell phrases apart: "who sees", "let me in"."""

    def __init__(self, asked: Sequence[Sequence[str]], rarity: Callable[[int], float]) -> None:
        """`asked` has the phrases of each passage, `rarity` what a word says that so many passages have."""
        self._rarity = rarity
        self._places: list[int] = []
        self._mentions: dict[str, list[int]] = defaultdict(list)
        terms: list[set[str]] = []
        self._found: dict[str, set[int]] = defaultdict(set)
        for place, phrases in enumerate(asked):
            for found in each_words(phrases):
                for term in (said := set(map(stem, found))):
                    self._mentions[term].append(len(terms))
                    self._found[term].add(place)
                terms.append(said)
                self._places.append(place)
        weights = {term: self._weight(term) for term in self._mentions}
        self._lengths = [sum(weights[term] for term in said) for said in terms]
        self.topics = {term for term in self._mentions if term not in _FUNCTION_WORDS and len(term) > 1}

    def likeness(self, meant: Iterable[tuple[Mapping[str, float], float]], asked: Iterable[str]) -> dict[int, Likeness]:
        """By place, of the phrase nearest to the question: to its concepts (terms and rarity) and its small words."""
        concepts = [(terms, sqrt(rarity)) for terms, rarity in meant]
        concepts += [({term: 1.0}, self._weight(term)) for term in {stem(word) for word in asked if word in STOP_WORDS}]
        common: dict[int, float] = defaultdict(float)
        for terms, weight in concepts:
            fits: dict[int, float] = {}
            for term, fit in terms.items():
                for number in self._mentions.get(term, ()):
                    fits[number] = max(fit, fits.get(number, 0.0))
            for number, fit in fits.items():
                common[number] += fit * weight
        whole = sum(weight for _, weight in concepts)
        nearest: dict[int, Likeness] = {}
        for number, shared in common.items():
            place, share = self._places[number], shared / sqrt(whole * self._lengths[number])
            nearest[place] = max(nearest.get(place, Likeness()), Likeness(shared * share, share))
        return nearest

    def _weight(self, term: str) -> float:
        """The root, for a phrase is so short that one rare word would decide alone."""
        rarity = self._rarity(len(self._found.get(term, ())))
        return sqrt(rarity * _FUNCTION_WORD if term in _FUNCTION_WORDS or len(term) == 1 else rarity)


_FUNCTION_WORDS = {stem(word) for word in STOP_WORDS}
