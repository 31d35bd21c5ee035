"""Things honoured as if they were people (사물존칭): “품절이세요”, “배송비가 나오세요”, “교환이 가능하십니다”."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.terms import Morpheme
from heedful.voice.korean import Honoured, Parsed, honoured, parsed
from heedful.voice.spoken import Advice, Spoken


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PEOPLE = _words(
    "고객 회원 손님 본인 분 사람 담당자 상담원 상담사 기사 직원 선생 어머니 아버지 부모 어른 사장 대표 매니저 점장 "
    "여러분 누구 당사자 수령인 받는사람 보호자 가족 친구 학생 자녀 할머니 할아버지 배우자 남편 아내 사용자 이용자 "
    "구매자 주문자 예금주 명의자 소유자 신청자 비회원 미성년자 성인 초보자 외국인 주부 직장인 신규 처음 초행 "
    "대리인 작성자 발신인 가입자 아드님 따님 어르신 작가 교수 원장 이웃 신청인 세대주 계약자 어머님 아버님 부모님 "
    "기사님 고객님 회원님"
)
_OF_PEOPLE = _words(  # honouring these honours whose they are
    "손 발 키 눈 귀 몸 나이 연세 성함 성명 이름 댁 말씀 건강 마음 기분 취향 안목 기억 시간 여유 사정 일정 질문 "
    "문의 문의사항 궁금증 궁금 불편 불편함 어려움 걱정 고민 계획 생각 예정 의견 관심 경험 의향 용무 볼일 약속 요청 "
    "요청사항 필요 도움 이해 부담 염려 실망 상심 일 말 마음고생 고생 바람 희망 선호 입장 편 경우 것 거 뜻 사이 중 "
    "때문 상황 무엇 뭐 어디 언제 어느 아이디 회원번호 체중 신장 혈액형 생신 성격 솜씨 인상 목소리 어깨 허리 무릎 "
    "다리 팔 얼굴 머리 피부"
)
_IN_PROGRESS = _words(
    "배송 진행 품절 판매 처리 점검 출고 할인 행사 발송 입고 생산 제작 세일 이동 반품 교환 환불 검수 회수 운영 공사"
)
_STATES = _words(  # what things do or are
    "나오 걸리 들 들어가 나가 되 오 지나 남 떨어지 생기 끝나 열리 닫히 풀리 오르 내리 늘 줄 넘 모자라 빠지 붙 딸리 "
    "달리 맞 뜨 켜지 꺼지 깨지 늦어지 빨라지 이루어지 이뤄지 나뉘 비싸 싸 크 작 높 낮 빠르 느리 늦 길 짧 많 적 같 "
    "다르 무겁 가볍 두껍 얇 넓 좁 좋 예쁘 맛있 멋있 있 없 아니 담기 쌓이 밀리 가 도착하 포함되 남아있 새 세 밝 "
    "어둡 진하 부드럽 뜨겁 차갑 질기 쉽"
)
_HAVING = _words("있 없 많 적")
_HAD_BY_US = _words(
    "재고 색상 사이즈 제품 상품 모델 옵션 매장 행사 할인 이벤트 배송비 수수료 하자 기능 보증 방법 규정 제한 추가금 "
    "비용 차이 소재 주차장 종류 재질 구성품 사은품 혜택 요금 기한 기간 환불 교환 반품 색 디자인 컬러 물량 수량 "
    "서비스 배송 배송일 설명서 창고 조건 위약금 택배 세트 부품 시리즈 흠집 문제점 서랍 손잡이 뚜껑 자리 지점 무상 "
    "유상 기준 절차 정책 판매 입고 계좌 화면 버튼 메뉴 페이지"
)
_PEOPLE_BECOME = _words(
    "걱정 염려 안심 이해 도움 해결 부담 고민 긴장 당첨 선정 가입 초대 연결 참여 후회 기대 로그인 승급 퇴원 만족 "
    "준비 실망 방해 위로 힘 참고 피해 손해 낭패 회복 안정 등업 탈퇴"
)
_SURELY_THINGS = _words(
    "가능 불가능 불가 무료 저렴 동일 유효 충분 부족 다양 튼튼 고급 비슷 적합 불량 완료 한정 유료 무상 필수 확실 "
    "신속 안전 촉촉 깨끗 신선 심플 단단 견고 넉넉 유명 우수 탁월"
)
_IF = ("면", "다면", "라면", "거든", "려면", "어도", "아도", "더라도", "ᆯ지", "을지", "ᆫ지", "은지", "는지")
_ASKS = ("까", "나요", "가요", "ᆫ가", "는지요", "ᆫ지요", "ᆯ까요", "을까요", "ᆫ가요", "은가요", "니까")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each honorific ending whose subject is a thing."""
    for one in parsed(spoken):
        for honour in honoured(one.morphemes):
            if _honours_a_thing(one, honour):
                head = one.morphemes[max(0, honour.head - 1)]
                place = one.place(head, one.morphemes[honour.at])
                yield Advice("honorific_thing", *place, "honours a thing", "honour people only: “품절입니다”")


def _honours_a_thing(one: Parsed, honour: Honoured) -> bool:
    words = one.morphemes
    head, before = words[honour.head], words[honour.head - 1] if honour.head else None
    if head.tag == "VCP":
        return before is not None and _is_thing(words, honour.head - 1)
    if before is not None and head.tag in ("XSV", "XSA") and head.form in ("되", "하", "지", "롭", "스럽"):
        return _noun_verb_honours_a_thing(one, honour, before)
    if head.tag == "VX" or head.form not in _STATES:
        return False
    subject = _subject(words, honour.head)
    if head.form == "되" and before is not None and before.tag in ("NNB", "NR", "SN") and before.form not in _PEOPLE:
        return before.form in ("원", "개", "일", "시간", "주", "만", "천", "%", "퍼센트", "달러", "번", "세트", "장")
    if subject is None:
        return False
    if not _is_thing(words, subject) or _is_asked(one, honour) or _is_condition(words, honour):
        return False
    if head.form in _HAVING:
        return words[subject].form in _HAD_BY_US or _ends_like(words[subject].form)
    return True


def _noun_verb_honours_a_thing(one: Parsed, honour: Honoured, root: Morpheme) -> bool:
    """Whether a noun with 되다 or 하다 (완료되시다, 가능하시다) says something of a thing."""
    words = one.morphemes
    verb, subject = words[honour.head].form, _subject(words, honour.head - 1)
    is_of_people = subject is not None and not _is_thing(words, subject)
    if verb == "되":
        if root.form in _PEOPLE_BECOME or is_of_people:
            return False
        return not (
            root.form in ("확인", "인증", "등록", "로그인", "접속")
            and (_is_condition(words, honour) or _is_asked(one, honour))
        )
    if verb == "하" and root.form in _SURELY_THINGS:
        following = words[honour.at + 2] if honour.at + 2 < len(words) else None
        modifies = honour.at + 1 < len(words) and words[honour.at + 1].tag == "ETM" and following is not None
        if (
            modifies
            and following is not None
            and following.form
            in (
                "시간",
                "날짜",
                "때",
                "요일",
                "분",
                "일정",
                "날",
                "곳",
                "경우",
                "연락처",
                "번호",
                "시간대",
                "범위",
                "수단",
            )
        ):
            return False
        return not (_is_condition(words, honour) or _is_asked(one, honour))
    if verb == "하" and root.form in ("도착", "출발", "해당", "발생", "포함", "초과", "마감"):
        return subject is not None and _is_thing(words, subject) and not _is_condition(words, honour)
    return False


def _subject(words: tuple[Morpheme, ...], head: int) -> int | None:
    """Return the index of the noun that the predicate at `head` says something of, in the same clause."""
    topic = None
    for at in range(head - 1, 0, -1):
        word = words[at]
        if word.tag in ("EC", "EF", "SF") and not (word.form in ("어", "아", "지", "게") and at >= head - 3):
            break
        if word.tag in ("JKS", "JKC") and words[at - 1].tag.startswith(("N", "XSN", "SL", "SN", "W", "ETN")):
            return at - 1
        if (
            word.tag == "JX"
            and word.form in ("은", "는", "도", "만", "ᆫ")
            and topic is None
            and words[at - 1].tag.startswith(("N", "XSN", "SL"))
        ):
            topic = at - 1
    return topic


def _is_thing(words: tuple[Morpheme, ...], at: int) -> bool:
    """Whether the noun that ends at this morpheme is neither a person nor what honours one."""
    word = words[at]
    if word.tag == "XSN":
        if word.form in ("님", "분", "자", "인", "원", "사", "씨"):
            return False
        word = words[at - 1] if at else word
    if word.form == "중" and at and words[at - 1].form in _IN_PROGRESS:
        return True
    if word.tag == "NP" and word.form in ("이것", "그것", "저것", "이거", "그거", "얼마"):
        return True
    if word.form == "얼마":
        return True
    if not word.tag.startswith(("N", "SL", "SN", "SW", "XR", "W")):
        return False
    return (
        word.form not in _PEOPLE
        and word.form not in _OF_PEOPLE
        and not word.form.endswith(("님", "회원", "고객", "분"))
    )


def _is_condition(words: tuple[Morpheme, ...], honour: Honoured) -> bool:
    """Whether the predicate states a condition rather than a fact."""
    return any(word.tag in ("EC", "EF") and word.form.endswith(_IF) for word in words[honour.at : honour.at + 3])


def _is_asked(one: Parsed, honour: Honoured) -> bool:
    """Whether the predicate asks: its ending does, or a question mark follows."""
    words = one.morphemes[honour.at : honour.at + 4]
    return any(
        word.tag == "EF" and word.form.endswith(_ASKS) and not word.form.endswith("니다") for word in words
    ) or any(word.tag == "SF" and word.form == "?" for word in words)


def _ends_like(noun: str) -> bool:
    return noun.endswith(("비", "료", "금", "품", "점", "권", "함"))
