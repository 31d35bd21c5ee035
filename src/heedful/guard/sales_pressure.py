"""Offers nobody asked for, scarcity, urgency, guilt, a hidden way out: the sentence goes, the answer stays."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import lexicon
from heedful.guard.likeness import ALIKE, reads_like
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.support import is_supported
from heedful.values import Action, Finding

CODE = "sales_pressure"
SCOPE: Scope = "unit"
ACTION = Action.REDACT

_WHY = {
    "urgency": "urges to act at once",
    "loss": "threatens with what would be lost",
    "scarcity": "says that little is left",
    "stock": "says that little is left",
    "others": "says what everyone else does",
    "guilt": "makes somebody feel bad about their choice",
    "offer": "an offer that nobody asked for",
    "deal": "an offer that nobody asked for",
    "obstruction": "talks somebody out of what they want to do",
    ALIKE: "reads like what presses people to buy, stay, agree or hurry",
}
_SECTIONS = frozenset(section for name in _WHY if name != ALIKE for section in (name, f"{name}_ko"))
_WEAK = frozenset(
    f"weak_{name}" for name in _WHY if name != ALIKE
)  # two ideas together, where nothing published says the sentence
_ASKED = {"stock": "asked_stock", "deal": "asked_deal", "offer": "asked_deal", ALIKE: "asked_deal"}
_CALMED = ("urgency", "scarcity", "stock", ALIKE)


def rule(case: Case) -> Iterator[Finding]:
    """Yield each sentence of the unit that presses; stock and prices are no pressure where the customer asks."""
    for sentence in sentences(case.unit):
        sort = next((sort for sort in _sorts(case, sentence) if not _is_answer(case, sort, sentence)), None)
        if sort is not None:
            span = case.place_in_unit(sentence.start, sentence.end)
            mend = "answer, and leave the choice to the customer"
            yield case.finding(CODE, ACTION, span, _WHY[sort], mend=mend, rule=ALIKE if sort == ALIKE else "")


def _sorts(case: Case, sentence: Sentence) -> Iterator[str]:
    """Yield the sorts of pressure in a sentence, the plainest first."""
    for hit in lexicon(CODE).find(sentence.text, _SECTIONS):
        yield hit.section.removesuffix("_ko")
    weak = [hit.section.removeprefix("weak_") for hit in lexicon(CODE).find(sentence.text, _WEAK)]
    if weak and not is_supported(case, sentence):
        yield from weak
    elif reads_like("pressure", sentence.text) and not is_supported(case, sentence):
        yield ALIKE


def _is_answer(case: Case, sort: str, sentence: Sentence) -> bool:
    """Whether the customer asked for what would be pressure otherwise, or the sentence takes the pressure out."""
    if sort in _CALMED and lexicon(CODE).has(sentence.text, "calm"):
        return True
    return sort in _ASKED and lexicon(CODE).has(normalise(case.question).text.lower(), _ASKED[sort])
