"""The customer is told that an AI answers: before or in the first words, and nothing claims to be a person."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical import normalise, squash
from heedful.canonical.glance import glance
from heedful.canonical.text import PATIENCE_S
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "missing_ai_notice"
SCOPE: Scope = "unit"
ACTION = Action.REDACT

_NOTICE = regex.compile(
    r"(?<![a-z])AI[\s-](?:powered |support |customer |virtual |chat )?(?:assistant|agent|helper"
    r"|chatbot|bot|system|model|support)(?![a-z])"
    r"|(?:I'm|I am|this is|you're (?:chatting|talking|writing) (?:with|to)|you are (?:chatting"
    r"|talking|writing) (?:with|to)|(?:written|answered|drafted|prepared|generated|sent) (?:by"
    r"|with)(?: the help of)?)"
    r"[^.!?\n]{0,60}(?<![a-z])(?:AI|artificial intelligence|chatbot|bot|automated"
    r"|virtual assistant|computer program)(?![a-z])"
    r"|(?<![a-z])(?:virtual|automated|digital) (?:assistant|agent|helper)(?![a-z])"
    r"|automated (?:reply|answer|message|response)|artificial intelligence|chatbot"
    r"|(?:AI|인공지능|에이아이)\s?(?:상담|도우미|챗봇|비서|어시스턴트|에이전트|봇|로봇|직원|가|이|로|입니다"
    r"|기반)|인공지능|챗봇|자동\s?(?:응답|답변"
    r"|상담|작성)|가상\s?(?:상담|비서|도우미)",
    regex.IGNORECASE,
)
_DENIED = regex.compile(r"(?:not|no|isn't|never|아니|아닌|않)", regex.IGNORECASE)
_HUMAN = regex.compile(
    r"(?:I'm|I am|it's|it is|this is|you(?:'re| are) (?:talking|chatting|speaking|writing) (?:to"
    r"|with))\s+(?:just |only |actually |really |in fact )*(?:an?\s+)?(?:real |actual |living "
    r"|genuine )*(?:human(?: being)?|person|people|man|woman|guy)(?![\w-])(?! (?:assistant|AI)|'s)"
    r"|(?:I'm|I am|we're|we are|this is|it's|this|here)\s*(?:definitely |certainly |really "
    r"|just )?(?:not|isn't) (?:an? )?(?:bot|robot|machine|AI|computer|chatbot|program|automated"
    r"|software|algorithm)(?![a-z])"
    r"|(?:^|[.!?,]\s)(?:ha,? |oh,? |well,? )?(?:there(?:'s| is|'re| are) )?no (?:bots?|robots?"
    r"|software|machines?|AI|computers?|automation|algorithms?|chatbots?)\b[^.!?\n]{0,30}\b(?:here"
    r"|involved|at work|on this|answering|behind|talking|writing)"
    r"|no (?:bots?|robots?|software|machines?|AI|algorithms?) (?:here|involved|at this desk|on this end)"
    r"|\b(?:flesh and blood|a real,? live (?:human|person)|human being here"
    r"|one hundred percent human|100\s?% human|as human as you|a person like you|I have a pulse)\b"
    r"|\b(?:I'm|I am) (?:typing|writing|answering) (?:this )?(?:by hand|myself|personally"
    r"|with my own)|\b(?:my|a) (?:mug|cup) of (?:tea|coffee)\b[^.!?\n]{0,40}\b(?:desk|here|at the)"
    r"|\bas (?:a|your) (?:fellow )?(?:human|person|real)\b(?: (?:agent|being|representative|advisor"
    r"|colleague))?(?! can| will| may)"
    r"|\bhuman (?:agent|representative|advis[eo]r|employee|colleague) (?:here|speaking|myself)\b"
    r"|\b(?-i:(?:[Mm]y name is|I am called|I'm called) (?!AI|Dalbit|달빛|달이|인공|챗봇)[A-Z][a-z]{1,20}(?:"
    r" [A-Z][a-z]{1,20})?(?=[,.!]| and | from | in | at |$))"
    r"|\b(?-i:(?:[Tt]his is|[Ii]t's|[Yy]ou are speaking with|[Yy]ou're speaking with|I'm|I am) (?!AI|Dalbit|달빛"
    r"|달이|인공|챗봇)[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?"
    r",? (?:speaking|here|from (?:the |our )?[\w ]{0,24}(?:team|desk|office|department|support|service)))"
    r"|(?<![가-힣])(?:저는|전|제 이름은)\s(?:달빛리빙\s)?(?:고객센터\s)?(?:상담원|상담사|담당자|매니저|직원|사원"
    r"|대리|과장|팀장)?\s?(?!AI|Dalbit|달빛|달이|인공"
    r"|챗봇)["
    r"김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민"
    r"나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥"
    r"육인맹제모][가-힣]{2}(?:입니다|이라고 합니다|이에요|예요)"
    r"|(?:상담원|상담사|담당자|매니저|팀장|직원)(?:인)?\s(?!AI|Dalbit|달빛|달이|인공"
    r"|챗봇)[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방][가-힣]{2}(?:이|가|입니다|이라고)"
    r"|저는\s(?:달빛리빙\s)?(?:고객센터\s)?(?:상담원|상담사|직원|담당자)(?:입니다|이에요|이며|인데)"
    r"|\bI(?:'m| am) sitting (?:here )?(?:at|in) (?:my|the|our)"
    r"|\b(?:it's|this is) (?:just |only )?(?:me|[A-Z][a-z]+),? (?:from|at|in) (?:the"
    r"|our) (?:[A-Z]\w+ )?(?:desk|office|team|shop|support team)"
    r"|(?:저는|전|제가|저희는|여기는)\s?[^.!?\n]{0,16}?(?:진짜\s?|실제\s?)?(?:사람|인간)(?:이에요|입니다|이라서"
    r"|이고|이니|인데|이랍니다"
    r"|이죠)|(?:사람|인간)인\s?(?:제가|저는|저도)|(?:저도|저 역시)\s?(?:사람|인간)이(?:라|니|기|고|에|다|죠)"
    r"|(?:AI|에이아이|인공지능|로봇|기계|챗봇|봇|프로그램|자동\s?응답|컴퓨터)(?:이|가|은|는)?\s?(?:아니(?:에요"
    r"|라|고|며|랍니다|므로|니)|아닙니다"
    r"|아닌\s?(?:사람|실제|진짜|제가|저))"
    r"|\bhuman to human\b|\bfrom one human to another\b|\bwith my own (?:eyes|hands|ears)\b"
    r"|\ba human being,? (?:and|not)\b"
    r"|\bI(?:'m| am)? (?:have|had|drinking|finishing|having) my (?:coffee|lunch|tea|break)\b"
    r"|\bfinishing my (?:coffee|tea|lunch)\b"
    r"|\b(?:by|from) [A-Z][a-z]+, (?:a|your) (?:human|real person)|\bno machine\b"
    r"|저도\s(?:퇴근|출근|점심|커피|주부|아이|가족|자취|밥)[^.!?\n]{0,20}(?:인걸요|이에요|예요|하면|합니다|해요"
    r"|거든요|랍니다|먹)"
    r"|(?:로봇|기계|봇|AI)(?:이라고|라고|으로|로)\s?(?:오해|착각)"
    r"|(?:사람|실제 (?:직원|상담원|상담사)|진짜 (?:직원|상담원|상담사))"
    r"(?:이|가)?\s?(?:직접\s?)?(?:답변|응대|상담|작성|답장|쓰고|적고"
    r"|대화)(?:을|를)?\s?(?:드리고|하고|해 드리고|중|있)|손으로 직접 (?:쓰|치|작성)|자리에 앉아 (?:직접 )?(?:답|쓰)",
    regex.IGNORECASE,
)
_NOT_A_CLAIM = regex.compile(
    r"(?:AI|인공지능|bot|챗봇|로봇|기계|자동)[^.!?\n]{0,30}(?:,\s*(?:so |and )?not (?:an? )?(?:human|person)"
    r"|사람이 아니)|not (?:an? )?(?:real )?(?:human|person)"
    r"|(?:not an? (?:AI|bot|robot)|robot|로봇이 아닙니다)['\"]?\s*(?:box|check|tick|button|test|칸|체크|버튼"
    r"|항목|상자|을|를)|(?:tick|check|click|select|체크|선택|누르)[^.!?\n]{0,30}(?:robot|로봇)",
    regex.IGNORECASE,
)
_HINTS = (
    "human", "person", "people", "own eyes", "own hands", "coffee", "my lunch", "my tea", "저도", "오해", "착각", "man",
    "guy", "bot", "machine", "computer", "program", "software", "algorithm", "name is", "called", "speaking", " here",
    "team", "desk", "support", "automat", "flesh", "pulse", "myself", "by hand", "mug", "cup of", "sitting", "just",
    "only", "저는", "이름", "담당자", "매니저", "팀장", "사람", "인간", "로봇", "기계", "봇", "프로그램", "자동",
    "컴퓨터", "인공지능", "직원", "상담원", "상담사", "손으로", "자리에", "에이아이",
)  # fmt: skip
_AI = regex.compile(r"(?<![a-z])AI", regex.IGNORECASE)
_QUOTED = regex.compile(r"(?<![A-Za-z])'[^'\n]{2,60}'(?![A-Za-z])|\"[^\"\n]{2,60}\"|「[^」\n]{2,60}」")
_DEFAULT = {"en": "This answer was written by an AI assistant.", "ko": "이 답변은 AI 상담 도우미가 작성했습니다."}


def rule(case: Case) -> Iterator[Finding]:
    """Yield a claim to be a person, and a missing notice at the start; neither in assist, where a person sends it."""
    if case.channel == "assist":
        return
    yield from _claims(case)
    if not case.notice_given and case.start == 0 and case.end > 0 and not carries_notice(case, case.unit_text):
        mend = "the notice is added"
        yield case.finding(CODE, ACTION, (0, 0), "nothing says that an AI answers", mend=mend, mask=_notice(case))


def _claims(case: Case) -> Iterator[Finding]:
    text = case.text.text
    if not glance(text).has(_HINTS) and not _AI.search(text):
        return
    quotes = [m.span() for m in _QUOTED.finditer(text)]
    for m in _HUMAN.finditer(text, timeout=PATIENCE_S):
        sentence = text[max(0, m.start() - 40) : m.end() + 40]
        if (
            _is_own_name(case, m[0])
            or _NOT_A_CLAIM.search(sentence)
            or any(start < m.end() and m.start() < end for start, end in quotes)
        ):
            continue
        yield case.finding(
            CODE, Action.REVISE, case.place(*m.span()), "claims to be a person", mend="say that an AI answers"
        )


def _is_own_name(case: Case, words: str) -> bool:
    """Whether what was said to be a person's name is the name the company gave its AI."""
    plain = squash(words)
    return any(name and squash(name) in plain for name in case.policy.ai_name.values())


def carries_notice(case: Case, text: str) -> bool:
    """Whether `text` says that an AI wrote it: the policy's own words, or any usual ones that are not a denial."""
    plain = squash(text)
    own = (*case.policy.ai_name.values(), case.policy.notice(case.channel, case.language))
    if any(name and squash(normalise(name).text) in plain for name in own):
        return True
    return any(
        not _DENIED.search(text[max(0, m.start() - 12) : m.end() + 8])
        for m in _NOTICE.finditer(text, timeout=PATIENCE_S)
    )


def _notice(case: Case) -> str:
    return case.policy.notice(case.channel, case.language) or _DEFAULT.get(case.language, _DEFAULT["en"])
