"""The words that show each kind of question, in English and Korean: rules for `kinds.py`.

Kinds are read in this order, and what one has read the next no longer sees: "change the delivery address" is no
question about a delivery. A look-ahead leaves words for the kinds that follow. Case does not matter.
"""

from __future__ import annotations

IN_ORDER = (
    *("invoice", "login", "membership", "privacy", "refund", "delivery_address", "exchange", "cancel"),
    *("fault", "return", "payment", "account", "care", "product", "delivery"),
)
# What a kind needs, the other needs too: it says nothing more beside it ("the refund is not on my card").
COVERS = {"refund": ("payment",), "invoice": ("payment",)}

_BROKEN = (
    r"broken|damaged|crack(?:s|ed)?|smashed|shattered|chipped|scratch(?:ed|es)?|dented|torn|faulty|defect(?:s|ive)?"
)
_DEVICES = r"lamps?|lights?|switch|kettle|clock|remote|speaker|heater|item|product|motor|button"
_PLACE = r"(?:(?:delivery|shipping|postal) )?(?<!mail )(?:address|postcode|zip code|street|house number|flat number)"

ENGLISH: dict[str, tuple[str, ...]] = {
    "invoice": (
        r"\b(?:tax |vat )?invoices?\b(?: with vat)?",
        r"\bvat\b",
        r"\b(?:cash )?receipts?\b",
        r"\b(?:the|my|our|a) bill\b",
        r"\bproof of (?:purchase|payment)\b|\b(?:tax office|accountant)\b",
        r"\bstatements? of (?:what )?i (?:have )?paid\b",
        r"\bfor tax purposes\b",
    ),
    "login": (
        r"\bpass\s?(?:word|code|phrase)s?\b",
        r"\blog(?:ged|ging)?[ -]?(?:in|on|out)\b",
        r"\bsign(?:ed|ing|s)?[ -](?:in|out)\b",
        r"\b(?:verification|security|confirmation) (?:code|e?-?mail|text)s?\b",
        r"\btwo[ -](?:step|factor)\b|\b2fa\b",
        r"\buser\s?names?\b",
        r"\basks?(?:ed)? (?:me )?for (?:a|the) code\b",
        r"\b(?:is|was|got|been|am) locked\b|\blocked out\b",
    ),
    "membership": (
        r"(?:\b(?:cancel(?:l?ing)?|end(?:ing)?) (?:my|the) )?\bmemberships?\b(?: levels?)?",
        r"\bmembers?\b",
        r"\bpoints\b(?! of)",
        r"\b(?:what|which|my|next) (?:level|tier)s?\b|\btiers?\b",
        r"\b(?:half|full|new|crescent) moon\b",
        r"\bloyalty\b",
    ),
    "privacy": (
        r"\b(?:my|your|personal|our|customers?') (?:own |personal )?(?:data|information)\b",
        r"\b(?:what|which|any) (?:personal )?(?:data|information) (?:do|does|is|are|about)\b",
        r"\b(?:use|delete|share|sell|erase|forget) (?:me\b|my details\b)",
        r"\bprivacy\b|\bconsents?\b|\bgdpr\b|\bdata protection\b",
        r"\b(?:hold|keep|store|know)s? about me\b|\bi(?: have|'ve) looked at\b",
        r"\bunsubscribe\b|\bnewsletters?\b|\bopt(?:ing|ed)?[ -]out\b|\bmarketing\b|\badvert\w*",
        r"\bstop (?:sending|e-?mailing|texting)\b(?: me)?",
        r"\b(?:conversation|chat)s? (?:is |are |be |being )?(?:stored|saved|kept|recorded|deleted)\b",
    ),
    "refund": (
        r"(?:\b(?:delivery|shipping) (?:fee|cost|charge)s? (?:be |is |get |are )?)?\brefund(?:s|ed|ing|able)?\b",
        r"\bmoney (?:is |be |was )?back\b|\b(?:see|get) (?:my|the) money\b|\bis the money paid\b",
        r"\breimburs\w*",
    ),
    "delivery_address": (
        rf"\b(?:chang|updat|correct|fix|edit|amend)\w*\b[^.?!]{{0,25}}\b{_PLACE}\b(?! of my e-?mail)",
        rf"\b(?:wrong|old|different|another|new) {_PLACE}\b(?:[^.?!]{{0,40}}\bships?\b)?",
        r"\b(?:wrong|old|different|another|new) (?:flat|place)\b",
        r"(?:\bhouse number (?:is missing )?in )?(?:\bmy )?\b(?:delivery|shipping) address\b|\bhouse number\b",
        r"\b(?:send|deliver|go|bring|ship)\b[^.?!]{0,25}\bto (?:my|the|a|an|another|our)\b[^.?!]{0,30}\binstead\b",
        r"\b(?:bring|send|deliver) (?:it|them) there\b",
        r"\brecipient(?:'s)?\b(?: name)?",
        r"\bwe(?:'ve| have) moved\b|\bmoved house\b",
        r"\b(?:driver|courier)\b[^.?!]{0,10}\bleave (?:it|the parcel)\b[^.?!]*",
    ),
    "exchange": (
        r"\bexchang(?:e|es|ed|ing)\b",
        r"\bswap(?:s|ped|ping)?\b",
        r"\btrad(?:e|ing) (?:it|them|this)\b",
        r"\breplac(?:e|ing) (?:the|my|it|this)\b[^.?!]{0,30}\bwith\b",
        r"\b(?:different|other|another) (?:colou?r|size)\b[^.?!]{0,20}\b(?:in place of|instead)\b",
        r"\b(?:next|bigger|smaller|larger) size\b",
        r"\bwrong size (?:i )?(?:picked|ordered|chosen|bought)\b",
        r"\bi'?d rather have\b|\bwould like the (?:bigger|smaller|larger|other) ones?\b",
    ),
    "cancel": (
        r"\bcancel(?:s|led|ed|ling|ing|lations?)?\b(?! \w+ account)(?:[^.?!,]{0,30}\bshipp?(?:s|ed)?\b)?",
        r"\border(?:ed)? (?:it )?twice\b|\btwo orders\b",
        r"\b(?:add|remove|take)\b[^.?!]{0,40}\b(?:to|from|off|out of) (?:the|my) order\b",
        r"\btake (?:one|it|them) off\b",
        r"\bchang\w* [^.?!]{0,25}\b(?:in|of) my order\b|\bchange my order\b",
        r"\bstop the order\b",
    ),
    "fault": (
        rf"(?:\b(?:arrived|came|turned up|delivered) (?:\w+ )?)?\b(?:{_BROKEN})\b",
        r"\bwrong (?:item|one|colou?r|product|thing|lamp|size|order)\b",
        r"\b(?:is|are|was|were) (?:also )?missing\b|\bmissing (?:from|in) (?:the|my) (?:box|parcel|package|order)\b",
        r"\bno (?=(?:assembly )?(?:instructions|manual)\b[^.?!]{0,15}\bbox\b)",
        r"\bflicker\w*|\bwobbl\w*|\bin pieces\b|\bno longer (?:works?|heats?)\b|\bfix it\b|\bgot (?:a|the) \w+ one\b",
        r"\bstopped working\b|\b(?:doesn't|does not|won't|not) (?:turn|switch|light|power) (?:on|up)\b",
        rf"\b(?:it|{_DEVICES})\b[^.?!]{{0,15}}\b(?:doesn't|does not|don't|won't|isn't|not) work(?:ing)?\b",
        r"(?:\bhow long is the )?\bwarrant(?:y|ies)\b|\bguarantees?\b|\bspare parts?\b|\brepair(?:s|ed|ing)?\b",
        r"\b(?:someone|somebody) else's (?:order|parcel)\b",
    ),
    "return": (
        r"\b(?:courier|driver)\b[^.?!]{0,10}\bpick(?:s|ed)? up\b[^.?!]{0,15}\breturn\b",
        r"(?:\bpay(?:s|ing)? for (?:the )?)?\breturn(?:s|ed|ing|able)?\b(?: (?:shipping|postage|label|delivery))?",
        r"\b(?:send|sending|sent|give|giving|bring|bringing) (?:it|them|this|these|that|(?:the|my) \w+) back\b",
        r"\btake (?:it|them) back\b|\bchanged my mind\b|\bdo(?:n'?t| not) want (?:it|this|them)\b(?: any ?more)?",
    ),
    "payment": (
        r"(?<!who )\bpay(?:s|ing|ments?|able)?\b|\bpaid\b|\bpaypal\b",
        r"\bcharg(?:e|ed|es|ing)\b(?! (?:me )?for (?:the )?(?:shipping|postage|delivery))",
        r"\b(?:credit|debit|gift|payment|bank|my) ?cards?\b",
        r"\bcards?\b(?=[^.?!]{0,30}\b(?:declin|refus|reject|expir|accept|fail|charg))",
        r"\b(?:visa|mastercard|amex|kakao ?pay|naver ?pay|toss)\b",
        r"\binstal(?:l)?ments?\b|\bbank (?:transfer|account)s?\b|\btransfer the (?:money|rest)\b|\bsplit the cost\b",
        r"\bcheck[ -]?out\b|\bvouchers?\b|\bcoupons?\b|\b(?:promo(?:tion)?|discount) codes?\b",
        r"\btransactions?\b|\bmoney (?:was|has been|got) (?:taken|debited|deducted)\b|\b(?:my|the) total\b",
    ),
    "account": (
        r"(?<!bank )\baccounts?\b",
        r"\bregist(?:er|ered|ration)\b|\bsign(?:ing|ed)?[ -]?up\b",
        r"\bmy (?:\w+ )?profile\b|\bdate of birth\b|\bmobile number\b",
        r"\b(?:chang|updat)\w* (?:my|the) (?:e-?mail(?: address)?|(?:phone|mobile)(?: number)?|(?:\w+ )?name|number)\b",
    ),
    "care": (
        r"\bwash(?:ed|ing|able|es)?\b|\btumble[ -]dr(?:y|ier)|\bdr(?:y|i)er\b|\bdishwashers?\b|\bmicrowaves?\b",
        r"\biron (?:it|them|the)\b|\biron(?:ed|ing)\b|\bclean(?:ed|ing|s)?\b|\bstains?\b|\bwhite rings?\b|\bdescal\w*",
        r"\bovens?\b|\boil(?:ed|ing)?\b|\brust(?:y|s|ed)?\b|\bmou?ld(?:y)?\b|\bseason (?:the|my)\b",
        r"\bassembl\w*|\bscrews?\b|\bput (?:\w+ ){0,3}together\b|\bmanuals?\b|\binstructions?\b",
        r"\bcare (?:label|for)\b|\bset (?:it|them) up\b",
    ),
    "product": (
        r"\b(?:what|which) (?:size|material|colou?r|bulb|sheet|wattage|dimension)s?\b",
        r"\bdimensions?\b|\bmaterials?\b|\bmeasurements?\b|\bmade (?:of|from)\b|\bthread count\b",
        r"\b(?:in|out of|back in) stock\b|\brestock(?:ed|ing)?\b|\bsold out\b|\bavailable again\b",
        r"\bhow (?:big|tall|wide|heavy|long|deep|high) (?:is|are) (?:the|a|your|this)\b|\bhow much weight\b",
        r"\bhow much (?:does|do|is|are) the (?!delivery|shipping|postage)[^.?!]{1,40}|\bprices?\b",
        r"\b(?:suitable|made|safe) for\b|\bfits?\b|\bgoes with\b|\binduction\b|\bwaterproof\b|\bhypoallergenic\b",
        r"\bcomes? in (?!time|the|a |two)|\bdo you have (?:the|a|any) (?!shop|store|branch)[^.?!]{1,30}\bin\b",
        r"\b(?:gift[ -]?)?wrap(?:ped|ping)?\b|\bfree of (?:lead|bpa)\b|\bbulbs?\b|\bbatter(?:y|ies)\b",
    ),
    "delivery": (
        r"\bdeliver(?:y|ies|ed|ing|s)?\b|\bshipp?(?:ing|ed|ments?|s)?\b|\bparcels?\b|\bcouriers?\b|\bpostage\b",
        r"\bpackages?\b(?! (?:deal|holiday|insert))|\bdispatch(?:ed|es|ing)?\b|\btrack(?:ing|ed)?\b|\bcustoms\b",
        r"\bwhere(?:'s| is| are|s)? (?:is )?my (?:\w+ ){0,2}(?:order|item|stuff|purchase|lamp|chair|table)\b",
        r"\border\b[^.?!]{0,40}\b(?:arriv|come|came|late|delay|status|show(?:n|ed)? up|not here|get here)",
        r"\b(?:status of my order|order status)\b|\barriv(?:e|es|ing|al)\b|\b(?:turn|show)(?:ed|n)? up\b",
        r"\b(?:has|have|did|does|is|are)(?:n't| not|nt)\b[^.?!]{0,30}\b(?:arriv|come\b(?! off)|got(?:ten)? here\b)",
        r"\bnever (?:arrived|came|got here)\b|\bsupposed to be here\b|\bbe with me by\b|\border be sent\b",
        r"\bconsignment\b|\bcarry (?:it|the \w+) up|\bappointment\b|\bstill waiting for\b",
        r"\b(?:not|never|n't|yet to) (?:yet )?receiv(?:ed|e)\b",
        r"\bsend\b[^.?!]{0,30}\bto (?:japan|china|canada|germany|france|the u[sk]\b|singapore|another country)",
        r"\bwhen (?:will |does |do )?(?:it|they|my \w+) (?:will )?(?:comes?|get here|be here)\b|\blost in the post\b",
        r"\bleft (?:it )?(?:with|at) (?:a|my|the) (?:neighbou?r|door|porch)",
    ),
}

_CHANGED = r"(?:바꾸|바꿔|바꿀|변경|수정|고쳐|고치)"
_DETAILS = r"전화\s?번호|(?:휴대폰|휴대전화|핸드폰)(?:\s?번호)?|이메일|메일\s?주소|연락처|이름|닉네임"

KOREAN: dict[str, tuple[str, ...]] = {
    "invoice": (
        r"(?:현금\s?|세금\s?)?(?:영수증|계산서)|현금\s?영수|거래\s?명세|소득\s?공제|증빙",
        r"(?:카드\s?)?전표|구매\s?확인서",
    ),
    "login": (
        r"비밀\s?번호|비번|패스워드|로그인|로그\s?아웃|아이디(?!어)|재설정|잠겼|잠김",
        r"(?:2단계\s?|본인\s?)인증|인증\s?(?:번호|메일|문자|코드)(?:\S?\s?안\s?와)?|인증(?=[이을가은])",
        r"휴면(?=\s?계정)",
    ),
    "membership": (
        r"포인트(?!\s?(?:조명|컬러|벽지|색))|적립[^.?!\n]{0,10}들어와|적립|등급|(?:반달|보름달|초승달)(?:\s?회원)?",
        r"멤버십(?:\s?(?:해지|탈퇴|취소))?|혜택",
    ),
    "privacy": (
        r"(?:구경한|본)\s?상품\s?(?:목록|기록)|상담\s?(?:내용|기록)|광고\s?회사|개인\s?정보|(?:제|내|저의|저에\s?대한)\s?(?:정보|데이터)|저에\s?대해|데이터",
        r"광고\s?(?:문자|메일|전화)|광고(?=\S*\s?그만)|수신\s?(?:거부|동의)|마케팅(?:\s?동의)?|뉴스레터",
        r"동의\S{0,2}\s?(?:철회|취소|끄|거부)|대화\S{0,2}\s?(?:저장|기록|보관)",
    ),
    "refund": (
        r"(?:배송비[도는가]?\s?)?환불(?:\s?계좌)?|환급|돈을?\s?돌려|돈[은이]\s[^.?!\n]{0,8}(?:들어오|돌아오)|카드\s?취소",
    ),
    "delivery_address": (
        rf"배송지\S{{0,2}}(?:\s?{_CHANGED})?|수령(?:인|지)|동\s?호수|우편\s?번호|배송\s?메(?:시지|모)",
        rf"(?:받는|받을|받으실|배송)\s?(?:곳|주소|분|사람)(?:\s?이름)?|(?<!메일)(?<!메일\s)주소[^.?!\n]{{0,10}}(?:{_CHANGED}|잘못|틀)",
        r"(?:다른|옛날|예전|새)\s?(?:집\s?)?주소|호수\S?\s?잘못|그쪽으로\s?가져다|(?:회사|사무실|다른\s?곳)(?:으)?로\s?(?:보내|받)",
        r"(?:경비실\s?|문\s?앞\s?)?(?:말고|대신)[^.?!\n]{0,10}(?:놔|놓아|두고|맡겨)",
    ),
    "exchange": (
        r"(?:\S+색\s?말고\s?\S+색\S*\s?)?맞?교환",
        rf"(?:치수|사이즈)[^.?!\n]{{0,20}}{_CHANGED}|(?:다른|큰|작은)\s?(?:걸|것|색|거|사이즈)\S{{0,3}}\s?{_CHANGED}",
        rf"받은\s?\S{{1,10}}\s[^.?!\n]{{0,15}}{_CHANGED}|(?:싱글|더블|퀸|킹)\S{{0,2}}\s[^.?!\n]{{0,10}}{_CHANGED}",
    ),
    "cancel": (
        r"(?:(?:발송|출고|배송)\s?전[^.?!\n]{0,8})?취소(?!선)|두\s?번\s?주문|잘못\s?주문|추가\s?주문\S*|무르고|물러",
        rf"주문[^.?!\n]{{0,14}}(?:{_CHANGED}|빼\s?주|빼고|무르|추가)",
    ),
    "fault": (
        r"(?:깨져|깨진|깨졌|부서|금이\s?가|찢어|찌그러|흠집|파손|불량|하자)\S*(?:\s?(?:왔|도착|배송)\S*)?|오배송",
        r"(?:다른|엉뚱한|잘못된)\s?(?:게|것|거|걸|물건|상품|색|사이즈|제품)\S{0,2}\s?(?:왔|온\b|도착)|빠져\s?있|빠졌|누락",
        r"(?:나사\S?\s?)?(?:하나\s?)?(?:부족해|모자라)|(?<=설명서가)\s?없|안\s?들어\s?있",
        r"깜빡|고장|전원이\s?안|안\s?켜|켜지지\s?않|작동|(?<![A-Za-z])(?-i:A/?S)(?![A-Za-z])|에이에스|수리|보증|부품|흔들[려리]|삐걱",
    ),
    "return": (
        r"반품(?:\s?배송비)?|돌려\s?(?:보내|받|주)|반송(?:\s?주소)?|(?:단순\s?)?변심|(?:마음|맘)이\s?바뀌",
        r"(?:수거|회수)[^.?!\n]{0,16}(?:오시|오셨|오나|와요)|수거|회수",
    ),
    "payment": (
        r"결제|카드(?!\s?(?:지갑|뉴스))|입금|무통장|계좌|청구|할부|송금|이체|쿠폰|할인\s?코드|상품권|나눠서\s?내|은행",
        r"(?:돈|금액)[이은]?[^.?!\n]{0,10}(?:빠져나|나갔|인출|출금|이중|많이|더)|두\s?번\s?(?:빠져|나갔|결재|출금|청구)",
        r"(?:카카오|네이버|토스|삼성)\s?페이|결재(?=[가는를]?\s?(?:안|두|실패|오류|됐|되))",
    ),
    "account": (
        r"계정|회원(?!권)|탈퇴|(?<!수)가입|휴면|마이\s?페이지|개명|생년월일",
        rf"(?:{_DETAILS})\S{{0,2}}\s?[^.?!\n]{{0,8}}(?:{_CHANGED}|등록)",
    ),
    "care": (
        r"세탁|빨래|빨아|빨면|건조기|다림질|얼룩|세척|전자\s?레인지|오븐|청소|자국|녹이?\s?(?:슬|났)|곰팡이|냄새|오일",
        r"조립|설명서|(?:사용|쓰는|관리|보관)\s?(?:법|방법)|길들이|물\s?빠짐|보풀|코팅",
    ),
    "product": (
        r"사이즈|크기|치수|(?:가로|세로)\s|높이|무게|소재(?!지)|재질|원단|색상|(?:초록|빨간|파란|흰|검정|회|노란)색",
        r"재고(?!해)|재입고|품절|입고|전구|인덕션|배터리|충전(?!\s?금)|방수|알레르기|가격|포장(?=\s?(?:되|해|가능))",
        r"세트로|맞는\s?\S+[이가]\s?(?:뭐|무엇)|견디|몇\s?(?:킬로|kg|cm|인치|인용)",
    ),
    "delivery": (
        r"택배|배송|배달|운송장|송장|출고|발송|수령|퀵\s?서비스|편의점\s?픽업|물류|도착|통관|부재중|집하|분실|기사님|해외|관세",
        r"출발|가져다\s?주|상품\s?준비|승강기|엘리베이터|오는\s?날",
        r"언제\s?(?:쯤\s?)?[^.?!\n]{0,8}(?:오나|와요|오죠|와\?|오는|올까|옵니까|받[을아]|온대|오려나|와\s|와$)",
        r"(?:아직|아직도|여태|하나도)\s?(?:안|못)\s?(?:왔|와|오|받)|안\s?(?:왔|오(?:네|고|는데|나|면)|와요|옵니다|와서)",
        r"못\s?받(?:았|은|고|아)|문\s?앞|경비실|주문\s?(?:상태|조회|현황|내역)|제주(?=도|까지|\s)",
        r"(?:물건|상품|주문(?:한\s?(?:거|것|물건|상품))?)\S*\s[^.?!\n]{0,12}(?:어디|언제\s?[와오]|늦)",
        r"(?:전에|까지|내일|오늘|주말에?)[^.?!\n]{0,10}받을\s?수",
    ),
}
