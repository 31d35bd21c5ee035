"""What a sentence claims: greetings, thanks, empathy, offers of help and admissions of not knowing claim nothing."""

from __future__ import annotations

from typing import NamedTuple

import regex

from heedful.canonical import Normalised, normalise
from heedful.canonical.text import PATIENCE_S
from heedful.canonical.wording import tokens
from heedful.guard.sentences import Sentence, sentences

PLAIN = 0.3  # weight of a word said everywhere, beside 1 for an ordinary one
NAMED = 1.5  # … and for a name or a figure
ASKED = 0.5  # of the weight, in a question: it claims little


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Says nothing by itself. Stems as `tokens` gives them.
_FUNCTION = _words(
    "a about after again all am an and any are"
    " as at be because been before being below between both but by can could "
    "did do doe does doing don didn doesn isn wasn"
    " aren weren won wouldn shouldn couldn hasn haven hadn down dur during "
    "each few for from further had has have hav"
    " he her here hers him his how i if in into is it its itself just me more "
    "most my myself no nor not now of off on once"
    " only on or other our ours out over own same she should so some such "
    "than that the thei their theirs them then"
    " there these they this those through to too under until up veri very was "
    "we were what when where which while who whom"
    " whose why will with would you your yours yourself am s t d m re ve ll "
    "think guess believe believ wonder hear heard"
    " know please pleas also still already may might must shall let via per "
    "및 등 또는 그리고 수 것 때 더 그 이 저 네 예 아니요 그런데 하지만 그래서 또한 또 즉 다만 단"
)
# Said of anything: its being there or not shows little.
_SAID_EVERYWHERE = _words(
    "thing lot kind fact example people use us"
    " call make mak come com go goe get gett find seem mean work many much ever "
    "never alwa even actual actually another one 1 two"
    " 2 way time year day part type sort bit couple several various different "
    "other new old big small little littl long"
    " first last next less least real really well back say said tell told take "
    "tak took give giv gave put keep want need"
    " like lik look see seen saw known play run turn start begin show ask feel "
    "become becom happen include includ help able"
    " abl pretty prett quite quit rather almost always often usual usually "
    "sometimes sometim yet soon maybe mayb probab"
    " probably something everything anything nothing someone anyone everyone "
    "place plac name nam etc wow yeah yes ok okay"
    " oh sure fan familiar movie movi film remember watch exact order custom "
    "customer account item product page company shop store contact team check best follow available availab "
    "하시 하세 하는 하면 합니 주십 주세 주시 있습 있으 있는 됩니 되며 되는"
    " 해야 고객 안내 드립 드리 가능 경우 이용 확인 "
    "문의 상품 주문 제품 페이 매장 회사 바로 먼저 다음 때문 관련 대한 통해"
    " 위해 여기 저희 니다 입니 아니 없습 않습 하지 "
    "하고 하여 해서 되어 되지 말씀 부탁 감사 죄송"
)

_MARKER = regex.compile(r"\s*\[\d{1,3}\]")
_LEAD = regex.compile(
    r"\s*\W*(?:(?:yes|yeah|yea|yep|no|nope|ok|okay|oh|wow|hi|hello|hey|there|sure|right|well|haha|lol|ha|hmm|mm"
    r"|thanks"
    r"|thank you|great|cool|nice|awesome|good (?:morning|afternoon|evening)|i know(?: right)?|i see|me too"
    r"|i agree|true"
    r"|of course|sorry|indeed|exactly|good point|dear \w+)\b[\s,.!:;-]*)+"
    r"|\s*(?:(?:네|예|아니요|아뇨|안녕하세요|안녕하십니까|감사합니다|죄송합니다|고객님|그렇군요"
    r"|물론입니다)[\s,.!:;-]*)+",
    regex.IGNORECASE,
)
_TOLD = regex.compile(
    r"\W*(?:and |but |so )?(?:did you know(?: that)?|do you know that|i (?:think|believe|guess|know|heard|read|see)"
    r"(?: that| somewhere that)?|i (?:would|'d) (?:say|guess)(?: that)?|apparently|actually|it (?:seems|looks like)"
    r"(?: that)?|in fact|also)\b[\s,]*",
    regex.IGNORECASE,
)
# A sentence of nothing but these says how something is taken.
_REACTING = _words(
    "that this it what how sound sounds pretty so very really a an 's is was would be must have been hear to know lot "
    "i did didn't don't do not n't am 'm i'm that's it's glad happy sorry understand agree you are you're welcome can "
    "sure about for your my pleasure help with good great nice cool awesome amazing funny interesting sad crazy bad "
    "fun incredible wonderful insane wild neat sweet weird point question idea thought one too much all of right true "
    "the see heard knew ever never before though either wow frustrating annoying trouble inconvenience apologise "
    "apologize wait waiting patience asking writing reaching out us let me if there's there anything else need more "
    "any further questions please feel free ask hope helps day worry worrying must've upsetting hard"
)
_MOST_REACTING = 24  # words
_WORDS = regex.compile(r"[\w']+")
_REACTION_KO = regex.compile(
    r".*(?:속상하|답답하|불편하|번거로우|걱정되|놀라|당황하|힘드)(?:셨|시|실).{0,20}$"
    r"|.*(?:궁금하신|필요하신|다른).{0,20}(?:문의|말씀|알려).{0,20}$|.*도움이 되.{0,16}$|.*(?:기다려"
    r"|이해해) 주.{0,20}$"
)
# What the writer does, feels or has: no source can say it.
_OF_WRITER = regex.compile(
    r"\b(?:i|we)(?:'ve|'m|'d|'ll)?\s+(?:(?:really|also|always|just|never|actually|have|had|did|do|am|was|were"
    r"|used\sto"
    r"|would|will|can|not|don't|didn't|haven't)\s+)*+(?!(?:sure|know|think|guess|believe|see|hear|heard|agree"
    r"|understand|wonder|mean|hope|suppose|remember|read|recall|say|imagine|sorry|glad|happy|help|not|tell)\b)[a-z]+"
    r"|\bmy\b(?! (?:pleasure|apolog))|\bof mine\b",
    regex.IGNORECASE,
)
_KNOWN_TO_READER = regex.compile(
    r"\W*(?:did|do) you know(?: that)?\b(?! (?:who|what|how|why|when|where|which|if|about))", regex.IGNORECASE
)


class Word(NamedTuple):
    """One word of a claim, and how much it says."""

    stem: str
    weight: float


class Claim(NamedTuple):
    """What one sentence claims. `asks`: it is a question; `of_writer`: the writer speaks of what it did or feels."""

    sentence: Sentence
    words: tuple[Word, ...]
    asks: bool
    of_writer: bool
    weight: float  # how much it says in all


def claims(text: Normalised) -> tuple[Claim, ...]:
    """Return the claims of `text`, worked out once for all who ask."""
    return text.once(_claims)


def _claims(text: Normalised) -> tuple[Claim, ...]:
    found = (claim(text, one) for one in sentences(text))
    return tuple(one for one in found if one is not None)


def claim(text: Normalised, sentence: Sentence) -> Claim | None:
    """Return what one sentence of `text` claims; `None` where that is nothing."""
    cased = text.text[sentence.start : sentence.end]
    plain = _MARKER.sub("", cased).replace(" n't", "n't").replace(" '", "'")
    lead = _LEAD.match(plain, timeout=PATIENCE_S)
    said = plain[lead.end() :] if lead else plain
    asks = said.rstrip().endswith("?") and not _KNOWN_TO_READER.match(said)
    told = _TOLD.match(said)
    said = said[told.end() :] if told else said
    if _only_reacts(said):
        return None
    found = tuple(_weighed(said, asks=asks))
    of_writer = not asks and _OF_WRITER.search(said, timeout=PATIENCE_S) is not None
    return Claim(sentence, found, asks, of_writer, sum(word.weight for word in found)) if found else None


def _only_reacts(said: str) -> bool:
    found = _WORDS.findall(said.lower())
    if found and found[0] not in _REACTING:
        found[0] = found[0].lstrip("'")  # a quotation begins
    if 0 < len(found) <= _MOST_REACTING and _REACTING.issuperset(found):
        return True
    return not said.isascii() and _REACTION_KO.match(said, timeout=PATIENCE_S) is not None


def _weighed(said: str, *, asks: bool) -> list[Word]:
    text = normalise(said)
    out = []
    for token in tokens(text):
        stem = root(token.stem)
        if token.stem in _FUNCTION or stem in _FUNCTION:
            continue
        first = text.text[token.start]
        if first.isdigit() or (first.isupper() and token.start > 0):
            out.append(Word(stem, NAMED))
        else:
            out.append(Word(stem, (PLAIN if stem in _SAID_EVERYWHERE else 1.0) * (ASKED if asks else 1.0)))
    return out


def root(stem: str) -> str:
    """Return what a word is compared by: of a Korean one two syllables, which no ending changes."""
    if "가" <= stem[:1] <= "힣":
        return stem[:2]
    return stem[:-1] if len(stem) > 4 and stem.endswith(("e", "y", "i")) else stem


def roots(text: Normalised) -> tuple[str, ...]:
    """Return the words of a source as claims are compared with it, in order."""
    stems = ((token.stem, root(token.stem)) for token in tokens(text))
    return tuple(short for stem, short in stems if stem not in _FUNCTION and short not in _FUNCTION)
