"""A reply that begins when a test lets it go: what is there only until then can be looked at in peace."""

from __future__ import annotations

from uuid import uuid4

from tests.model_answers import awaited


class Held:
    def __init__(self) -> None:
        self._name = uuid4().hex
        self.mark = f"[[after {self._name}]]"
        """To be said in the question."""

    def let_go(self) -> None:
        awaited[self._name].set()
