r"""The words that show each topic of help content, and those that only look as if they did: rules for `topics.py`.

Each is an alternation under `re.VERBOSE`, case ignored: spaces mean nothing, a space in the text is written `\ `.
"""

from __future__ import annotations

import re

# Words that mean something else than the rules below would take them for.
ENGLISH_DECOYS = r"""
    \bin\ order\ to\b | \bin\ (?:that|alphabetical|reverse|chronological)\ order\b | \bout\ of\ order\b
    | \blaw\ and\ order\b
    | \breturn(?:s|ed|ing)?\ (?:to|from)\ (?!(?:you|sender|the\ (?:shop|store|seller|warehouse))\b) | \bin\ return\b
    | \breturning\ customers?\b | \breturn(?:ed|ing)?\ (?:my|your|the|our|a)\ calls?\b | \bmany\ happy\ returns\b
    | \bpay(?:s|ing)?\ (?:\w+\ )?attention\b | \bpay(?:s|ing)?\ (?:a\ visit|tribute|off\ in)\b
    | \bfree\ of\ charge\b | \bin\ charge\b | \btake\ charge\b
    | \bcharg(?:e|es|er|ing|ed)\b(?=[^.?!]{0,25}\b(?:batter(?:y|ies)|usb|cable|overnight|port|lamp|lights?|lantern|
        speaker|fully)\b)
    | \b(?:batter(?:y|ies)|usb|lamp|lights?|lantern|fully|wireless|phone)\s+(?:\w+\s+){0,4}charg(?:e|es|er|ing|ed)\b
    | \bon\ account\ of\b | \btak(?:e|ing|en)\ into\ account\b | \bby\ all\ accounts\b
    | \baccount(?:s|ed|ing)?\ for\b
    | \baddress(?:es|ed|ing)?\ (?:this|that|these|those|my\ (?:concerns?|complaints?|questions?|issues?)|
        the\ (?:issue|problem|matter|concern|complaint)s?)\b | \bexchange\ rates?\b
    | \bexchange\ (?:of\ (?:views|emails|words)|students?)\b | \bstock\ exchange\b | \bin\ exchange\ for\b
    | \bl(?:ose|osing|ost)\ track\b | \btrack\ record\b | \bon\ track\b | \bbackground\ track\b
    | \b(?:music|race|running)\ track\b
    | \b(?:business|greeting|birthday|thank[\ -]you|post|id|wild|report)\s?cards?\b | \bcard(?:board|igan)\w*\b
    | \bdeliver(?:s|ed|ing)?\ (?:on\ (?!\w+days?\b)|a\ (?:talk|speech|verdict)|(?:good|great|bad)\ (?:service|results))
    | \brelationships?\b | \bin\ stock(?:ings?|ing)\b | \bwash(?:room|ington)\b
    | \bsize\ of\ (?:your|the)\ (?:company|team)\b | \bterms?\ of\ delivery\ of\ speech\b
    | \bpoint\ of\ (?:view|order)\b
"""

KOREAN_DECOYS = r"""
    일반\ ?품목 | 수입금지 | 역할부터 | 발송장소 | 방송장비 | 선택배경 | 설계정보 | 연결제품 | 해결제시 | 아이디어
    | 교환학생 | 교환일기 | 환율 | 주소록 | 수신주소 | 인터넷\ ?주소 | 홈페이지\ ?주소 | 웹\ ?주소 | 명함\ ?카드
    | 크리스마스\ ?카드 | 감사\ ?카드 | 카드\ ?뉴스 | 가입력 | 카드지갑 | 언제\ ?오픈\w* | 국회원로 | 취소선
    | 입금지령 | 관계정리 | 통계정보 | 기계정비 | 선결제품 | 제품목록
"""

ENGLISH = {
    "delivery": r"""
        \bdeliver(?:y|ies|ed|ing|s)?\b | \bshipp?(?:ing|ed|ment|ments|s)?\b | \bparcels?\b | \bcouriers?\b
        | \bpackages?\b(?!\s+(?:deal|holiday|insert)) | \bdispatch(?:ed|es|ing)?\b | \btrack(?:ing|ed)?\b
        | \bwhere(?:'s|\ is|\ are|s)?\ (?:is\ )?my\ (?:\w+\ ){0,2}(?:order|parcel|package|item|stuff|delivery|
            purchase|lamp|chair|table)\b
        | \border\b[^.?!]{0,40}\b(?:arriv|come|came|late|delay|status|show(?:n|ed)?\ up|not\ here|get\ here|
            on\ (?:its|the)\ way)
        | \b(?:has|have|did|does|is|are)(?:n't|\ not|nt)\b[^.?!]{0,30}\b(?:arriv(?:ed|e|ing)|come|turned?\ up|
            show(?:ed|n)?\ up|got(?:ten)?\ here)\b | \bnever\ (?:arrived|came|turned\ up|showed\ up|got\ here)\b
        | \bstill\ (?:waiting\ for|haven't\ received|not\ received)\b
        | \b(?:not|never|n't|yet\ to)\ (?:yet\ )?receiv(?:ed|e)\b(?=[^.?!]{0,30}\b(?:order|parcel|package|item|it|
            anything|lamp|purchase)\b) | \bleft\ (?:it\ )?(?:with|at)\ (?:a|my|the)\ (?:neighbou?r|door|porch)
        | \bdelivery\ address\b | \bpostage\b
        | \bchange\ (?:the|my)\ (?:delivery\ |shipping\ )?address\b(?!\ of\ my\ e-?mail) | \blost\ in\ the\ post\b
        | \bcustoms\b | \border\ status\b | \bstatus\ of\ my\ order\b
        | \bwhen\ will\ (?:it|my\ \w+|they)\ (?:arrive|come|get\ here|be\ here)\b
    """,
    "return": r"""
        \breturn(?:s|ed|ing|able)?\b | \brefund(?:s|ed|able|ing)?\b | \bmoney\ back\b
        | \bsend(?:ing)?\ (?:it|them|this|these|that)\ back\b | \bgive\ (?:it|them|this)\ back\b
        | \bexchang(?:e|es|ed|ing)\b | \bswap\b
        | \bcancel(?:s|led|ed|ling|ing|lation)?\b(?!\ (?:my|the|your|our)?\ ?(?:account|membership|newsletter|
            subscription)) | \bchanged\ my\ mind\b
        | \b(?:arrived|came|was|is|are|were)\ (?:\w+\ )?(?:damaged|broken|cracked|smashed|shattered|chipped|faulty|
            defective)\b | \bwrong\ (?:item|one|colou?r|size|product|order|lamp)\b
        | \bdon't\ want\ (?:it|this|them)\ any\ ?more\b | \bpick(?:ed)?[\ -]up\ the\ return\b
    """,
    "payment": r"""
        \bpay(?:s|ing|ment|ments|able)?\b | \bpaid\b | \bcharg(?:e|ed|es|ing)\b | \binvoices?\b | \breceipts?\b
        | \bbill(?:ed|ing|s)?\b | \b(?:credit|debit|bank|gift|payment|my)\s?cards?\b
        | \bcards?\b(?=[^.?!]{0,30}\b(?:declin|refus|reject|expir|accept|fail|charg))
        | \b(?:visa|mastercard|amex|paypal|kakao\s?pay|naver\s?pay|toss)\b | \binstal(?:l)?ments?\b
        | \bbank\ (?:transfer|account)s?\b | \bcheck[\ -]?out\b | \bvouchers?\b | \bcoupons?\b
        | \bpromo(?:tion)?\ codes?\b | \bdiscount\ codes?\b | \bdouble[\ -]charged\b | \btransactions?\b
        | \bmoney\ (?:was|has\ been|got)\ (?:taken|debited|deducted)\b | \bVAT\b | \bexchange\ fee
    """,
    "account": r"""
        (?<!bank\ )\baccounts?\b | \bpass\s?(?:word|code|phrase)s?\b | \blog(?:ged|ging)?[\ -]?(?:in|on|out)\b
        | \bsign(?:ed|ing)?[\ -](?:in|up|out)\b | \bmembership\b | \bmember\b | \bregist(?:er|ered|ration)\b
        | \buser\s?names?\b | \bmy\ profile\b | \bunsubscribe\b | \bnewsletters?\b
        | \b(?:my|your)\ (?:personal\ )?data\b | \bprivacy\b | \bverification\ (?:code|e?-?mail)\b
        | \btwo[\ -]factor\b | \b2fa\b | \b(?:loyalty|reward)s?\ points?\b | \bmy\ points\b
        | \bchange\ my\ (?:e-?mail|phone|name|number|mobile)\b | \bmy\ e-?mail\ address\b
        | \bgrade\b(?=[^.?!]{0,15}\bmember) | \bdelete\ (?:me|my\ details)\b
    """,
    "product": r"""
        \b(?:what|which)\ (?:size|material|colou?r|bulb|wattage|dimensions?)s?\b | \bdimensions?\b | \bmaterials?\b
        | \bmeasurements?\b | \b(?:in|out\ of|back\ in)\ stock\b | \brestock(?:ed|ing)?\b | \bsold\ out\b
        | \bavailab(?:le|ility)\b(?=[^.?!]{0,20}\b(?:in|colou?r|size|again)\b) | \bassembl(?:e|y|ed|ing)\b
        | \bscrews?\b | \bwash(?:ed|ing|able|es)?\b | \btumble[\ -]dr(?:y|ier) | \biron(?:ed|ing)?\b
        | \bclean(?:ed|ing)?\b | \bstains?\b | \bdishwashers?\b | \bmicrowaves?\b | \boven[\ -](?:safe|proof)\b
        | \binduction\b | \bdescal | \bcare\ (?:label|instructions?|for)\b | \b(?:light\s?)?bulbs?\b
        | \bflicker(?:s|ing|ed)?\b | \bwarrant(?:y|ies)\b | \bguarantee\b | \bspare\ parts?\b | \bmanuals?\b
        | \binstructions?\b | \bstopped\ working\b
        | \b(?:doesn't|does\ not|won't|not)\ (?:turn\ on|light\ up|switch\ on|charge)\b
        | \b(?:it|lamps?|lights?|switch|kettle|clock|remote|speaker|heater|item|product|motor|button)\b[^.?!]{0,15}
            \b(?:doesn't|does\ not|don't|won't|isn't|not)\ work(?:ing)?\b
        | \bwobbl(?:y|es)\b | \brust(?:y|s|ed)?\b | \bhow\ (?:big|tall|wide|heavy|long|deep)\ is\b
        | \b(?:made\ (?:of|from)|hypoallergenic|organic\ cotton|waterproof|thread\ count)\b | \bbatter(?:y|ies)\b
        | \bmou?ld(?:y)?\b | \bseason\ (?:the|my)\ (?:pan|wok)\b
    """,
}

KOREAN = {
    "delivery": r"""
        택배 | 배송(?!\ ?비\ ?(?:환불|결제)) | 배달 | 운송장 | 송장 | 출고 | 발송 | 수령 | 퀵\ ?서비스
        | 편의점\ ?픽업 | 물류 | 도착
        | 언제\ ?(?:쯤\ ?)?(?:오나|와요|오죠|와\?|오는|올까|옵니까|받[을아]|도착|온대|오려나|와[?!.\s]|와$)
        | (?:아직|아직도|여태|하나도)\ ?(?:안|못)\ ?(?:왔|와|오|받)
        | 안\ ?(?:왔|오(?:네|고|는데|나|면)|와요|옵니다|와서) | 못\ ?받(?:았|은|고|아)
        | (?:물건|상품|주문(?:한\ ?(?:거|것|물건|상품))?)\S*\ [^.?!\n]{0,12}(?:어디|언제\ ?[와오]|늦) | 배송지
        | (?:받는|받을|받으실)\ ?(?:곳|주소|분) | 주소(?:를|지)?[^.?!\n]{0,10}(?:바꾸|변경|수정|잘못)
        | 주문\ ?(?:상태|조회|현황|내역) | 문\ ?앞에 | 경비실 | 통관 | 부재중 | 집하 | 분실
    """,
    "return": r"""
        반품 | 환불 | 교환 | 취소(?!\ ?선) | 무르고\ ?싶 | 돌려\ ?(?:보내|받|주) | 반송 | 회수 | 수거 | 단순\ ?변심
        | 마음이\ ?바뀌 | 맘이\ ?바뀌
        | (?:깨져|깨진|파손|부서져|부서진|금이\ ?가|찢어진|찢어져|찌그러|흠집|불량|하자)[^.?!\n]{0,10}(?:왔|도착|
            배송|받|상품|제품|이에요|입니다|네요|나서|이요|있) | 파손 | 불량 | 오배송
        | (?:다른|엉뚱한|잘못된)\ ?(?:게|것이|거|물건이?|상품이?|색상?이?|사이즈가?|제품이?)\ ?(?:왔|도착|배송|온)
    """,
    "payment": r"""
        결제 | 카드(?!\ ?(?:지갑|뉴스)) | 입금 | 무통장 | 계좌 | 청구 | 할부 | 영수증 | 세금\ ?계산서 | 송금 | 이체
        | 쿠폰 | 할인\ ?코드 | 상품권 | 현금\ ?영수 | 소득\ ?공제
        | (?:돈|금액)이?[^.?!\n]{0,10}(?:빠져나|나갔|인출|출금|이중) | 두\ ?번\ ?(?:빠져|나갔|결재|출금|청구)
        | 이중\ ?(?:출금|청구) | 카카오\ ?페이 | 네이버\ ?페이 | 토스\ ?페이 | 삼성\ ?페이 | 간편\ ?결제
        | 결재(?=[가는를]?\ ?(?:안|두|실패|오류|됐|되))
    """,
    "account": r"""
        비밀\ ?번호 | 비번 | 패스워드 | 로그인 | 로그아웃 | 아이디(?!어) | 계정 | (?:회원|멤버십)(?!권) | 탈퇴
        | (?<!수)가입 | 본인\ ?인증 | 인증\ ?(?:번호|메일|문자) | 개인\ ?정보 | 휴면
        | 포인트(?!\ ?(?:조명|컬러|벽지|색)) | 적립 | 등급 | 마이\ ?페이지 | 수신\ ?(?:거부|동의)
        | 광고\ ?(?:문자|메일) | 뉴스레터 | 내\ ?정보
        | (?:전화\ ?번호|휴대폰(?:\ ?번호)?|핸드폰(?:\ ?번호)?|이메일|메일\ ?주소|연락처|이름|닉네임)(?:를|을|
            만)?\ ?[^.?!\n]{0,8}(?:바꾸|바꿀|변경|수정|등록) | 2단계\ ?인증
    """,
    "product": r"""
        사이즈 | 크기 | 치수 | (?:가로|세로)\ | 높이 | 무게 | 소재(?!지) | 재질 | 원단 | 색상 | 재고(?!해) | 재입고
        | 품절 | 입고 | 조립 | 나사 | 설명서 | 사용\ ?(?:법|방법) | 쓰는\ ?(?:법|방법) | 세탁 | 빨래 | 빨아도 | 빨면
        | 건조기 | 다림질 | 얼룩 | 물\ ?빠짐 | 보풀 | 세척 | 식기\ ?세척기 | 전자\ ?레인지 | 오븐 | 인덕션 | 전구
        | 배터리 | 충전(?!\ ?금) | 깜빡 | 안\ ?켜[지져] | 켜지지\ ?않 | 고장 | 작동 | A/S
        | (?<![A-Za-z])AS(?![A-Za-z]) | 에이에스 | 수리 | 보증 | 부품 | 흔들(?:려|리) | 삐걱 | 녹이?\ ?(?:슬|났)
        | 곰팡이 | 냄새 | 길들이 | 코팅 | 관리\ ?(?:법|방법) | 보관\ ?(?:법|방법) | 방수 | 알레르기
    """,
}

# An order about which nothing else is said: where it is, is what people want to know.
ORDER = re.compile(
    r"\b(?:my|the|this|an)\ (?:\w+\ )?orders?\b | \border\ (?:number|no\b|id\b) | 주문(?!\ ?제작)",
    re.VERBOSE | re.IGNORECASE,
)
