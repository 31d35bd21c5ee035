"""A company's own system as a profile store: the contract, by itself and joined with the database; and its faults."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from heedful.adapters.crm_http import ID_MOST, CrmProfiles
from heedful.adapters.crm_kept import ENTRIES_MOST, FAILURES, KEPT_S, PAUSE_MOST_S, PAUSE_S
from heedful.errors import StoreError, UpstreamError
from heedful.joined_profiles import JoinedProfiles
from heedful.ports import Profile, ProfileStore
from heedful.values import Consent, Fact
from tests.crm_server import STATUS, Crm, Fault
from tests.loopback import nobody

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
EMAIL = {"name": "email", "value": "mina@example.com", "category": "contact"}
ORDER = {"name": "order", "value": "DB-2026-88213", "category": "order", "source": "shop", "at": AT.isoformat()}
MINA = (
    Fact("email", "mina@example.com", "contact", "crm"),
    Fact("order", "DB-2026-88213", "order", "shop", AT),
)
IN_TIME_S = 60.0  # a look that is answered is answered within this
GIVEN = Consent("k1", "customer_care", "given", AT, "contact")


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the tick."""
        return self.now


@pytest.fixture
def crm() -> Iterator[Crm]:
    """A company's own system that holds Mina and Jun."""
    with Crm({"demo-mina": [EMAIL, ORDER], "demo-jun": [{**EMAIL, "value": "jun@example.com"}]}) as crm:
        yield crm


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
async def outside(crm: Crm, clock: Clock) -> AsyncIterator[CrmProfiles]:
    """The adapter, with time enough for a busy machine."""
    adapter = CrmProfiles(crm.url, token="shown", timeout_s=IN_TIME_S, tick=clock)
    yield adapter
    await adapter.close()


@pytest.fixture(params=["alone", "joined"])
def store(request: pytest.FixtureRequest, outside: CrmProfiles) -> ProfileStore:
    """The system by itself, and joined with a database that holds nobody."""
    return outside if request.param == "alone" else JoinedProfiles(Held(None), outside)


async def test_a_profile_comes_back_as_that_system_has_it(store: ProfileStore) -> None:
    """Facts come in order with source and time; another customer's are not among them."""
    mina, jun = await store.profile("demo-mina"), await store.profile("demo-jun")

    assert isinstance(store, ProfileStore)
    assert mina == Profile("demo-mina", MINA)
    assert jun == Profile("demo-jun", (Fact("email", "jun@example.com", "contact", "crm"),))


async def test_nothing_is_held_about_a_stranger(store: ProfileStore, crm: Crm) -> None:
    """A customer it does not know has no profile, whatever the id; what could be another's address is not asked for."""
    for name in ("", ".", "..", "a\x00b", "a\nb", "\ud800", "x" * (ID_MOST + 1)):
        assert await store.profile(name) is None
    asked = len(crm.asked)
    for name in ("nobody", "없는-고객"):
        assert await store.profile(name) is None

    assert (asked, len(crm.asked)) == (0, 2)


async def test_an_id_stays_one_part_of_the_address(store: ProfileStore, crm: Crm) -> None:
    """Slashes, question marks, spaces and letters of any script in an id lead to that customer and no other."""
    names = ["a/b", "../demo-jun", "a?b=c#d", "50%25 off", "김 미나", "demo-jun/../demo-mina"]
    crm.facts.update({name: [{**EMAIL, "value": f"{number}@example.com"}] for number, name in enumerate(names)})
    found = [await store.profile(name) for name in names]

    assert [one and one.facts[0].value for one in found] == [f"{number}@example.com" for number in range(len(names))]
    assert all(asked.path.startswith("/customers/") and asked.path.count("/") == 2 for asked in crm.asked)


async def test_it_is_shown_the_token_and_nothing_packed_is_asked_for(outside: CrmProfiles, crm: Crm) -> None:
    """The bearer token goes in its header; the answer is to come as it is."""
    await outside.profile("demo-mina")

    headers = crm.asked[0].headers
    assert (headers["authorization"], headers["accept-encoding"]) == ("Bearer shown", "identity")


async def test_the_holders_of_a_value_can_not_be_looked_up(store: ProfileStore) -> None:
    """Nobody can say whose a value is, so that the check is named as absent."""
    assert await store.holders([store.digest("mina@example.com")]) is None


CODES: dict[Fault, str] = {
    "cut": "crm_unreachable",
    "reset": "crm_unreachable",
    "no_json": "crm_malformed",
    "no_profile": "crm_malformed",
    "nobody": "crm_malformed",
    "packed": "crm_malformed",
    "other": "crm_mixed_up",
    "huge": "crm_too_large",
    "elsewhere": "crm_redirected",
    "round": "crm_redirected",
    "unauthorised": "crm_unauthorised",
    "server_error": "crm_unavailable",
    "busy": "crm_unavailable",
    "teapot": "crm_unavailable",
}


@pytest.mark.parametrize(("fault", "code"), CODES.items())
async def test_an_answer_that_is_none_is_an_error_of_that_system(
    outside: CrmProfiles, crm: Crm, clock: Clock, fault: Fault, code: str
) -> None:
    """Whatever comes instead of a profile is an UpstreamError that repeats nothing of it; afterwards all is well."""
    crm.fault = fault
    with pytest.raises(UpstreamError) as raised:
        await outside.profile("demo-mina")
    crm.fault = None
    clock.now += PAUSE_MOST_S

    for words in ("demo-mina", "example.com", "S3cret", "somebody-else", "secret"):
        assert words not in f"{raised.value} {raised.value.code}"
    assert raised.value.code == code
    assert raised.value.retryable == (fault in ("cut", "reset", "server_error", "busy"))
    assert {*CODES, "silent", "stalled", "moved"} == set(get_args(Fault))
    assert await outside.profile("demo-mina") == Profile("demo-mina", MINA)


@pytest.mark.parametrize("fault", ["silent", "stalled"])
async def test_a_slow_system_is_not_waited_for(crm: Crm, fault: Fault) -> None:
    """A look ends in time, whether nothing has come or half of it."""
    outside = CrmProfiles(crm.url, timeout_s=0.2)
    crm.fault = fault
    with pytest.raises(UpstreamError, match="HEEDFUL_CRM_TIMEOUT_S") as raised:
        await outside.profile("demo-mina")
    await outside.close()

    assert (raised.value.code, raised.value.retryable) == ("crm_timeout", True)


async def test_a_system_that_is_not_there_says_so() -> None:
    """Nobody listening, or an address of nobody, is an error that names the setting."""
    for url in (nobody(), "http://crm.invalid/customers"):
        outside = CrmProfiles(url, timeout_s=IN_TIME_S)
        with pytest.raises(UpstreamError, match="HEEDFUL_CRM_URL"):
            await outside.profile("demo-mina")
        await outside.close()


async def test_a_redirect_is_followed_on_its_own_host_only(outside: CrmProfiles, crm: Crm) -> None:
    """Another path of the same host is; another host is never asked, and so never shown the token."""
    crm.fault = "moved"
    moved = await outside.profile("demo-mina")
    with Crm({"demo-jun": [EMAIL]}) as other:
        crm.fault, crm.elsewhere = "elsewhere", other.url + "/"
        with pytest.raises(UpstreamError) as raised:
            await outside.profile("demo-jun")

    assert moved == Profile("demo-mina", MINA)
    assert (raised.value.code, other.asked) == ("crm_redirected", [])


async def test_what_it_said_is_true_for_a_while(outside: CrmProfiles, crm: Crm, clock: Clock) -> None:
    """Within the time of the cache nobody is asked twice, also for who is not there; after it they are."""
    for _ in range(3):
        await outside.profile("demo-mina")
        await outside.profile("nobody")
    within = len(crm.asked)
    clock.now += 20
    crm.facts["demo-mina"] = [ORDER]
    later = await outside.profile("demo-mina")

    assert (within, len(crm.asked)) == (2, 3)
    assert later == Profile("demo-mina", MINA[1:])


async def test_what_has_not_changed_is_not_sent_again(outside: CrmProfiles, crm: Crm, clock: Clock) -> None:
    """An entity tag is shown again for the same customer, and 304 means the same facts, while they are kept."""
    crm.tags = True
    first = await outside.profile("demo-mina")
    clock.now += 21
    again = await outside.profile("demo-mina")
    jun = await outside.profile("demo-jun")
    clock.now += KEPT_S + 1
    await outside.profile("demo-mina")

    assert first == again == Profile("demo-mina", MINA)
    assert jun is not None
    assert ["if-none-match" in asked.headers for asked in crm.asked] == [False, True, False, False]


async def test_after_an_erasure_nothing_is_kept(outside: CrmProfiles, crm: Crm) -> None:
    """What was said about a customer is forgotten when told so, and everything when it is closed."""
    crm.tags = True
    await outside.profile("demo-mina")
    await outside.profile("demo-jun")
    outside.drop("demo-mina")
    outside.drop("nobody")
    await outside.profile("demo-mina")
    await outside.profile("demo-jun")
    await outside.close()

    assert ["if-none-match" in asked.headers for asked in crm.asked] == [False, False, False]
    assert [asked.path.rpartition("/")[2] for asked in crm.asked] == ["demo-mina", "demo-jun", "demo-mina"]
    assert len(outside._answers) == 0


async def test_the_cache_has_an_end(outside: CrmProfiles, crm: Crm) -> None:
    """It holds so many customers and no more; the one who was looked up longest ago is asked for again."""
    crm.facts = {f"c{number}": [EMAIL] for number in range(ENTRIES_MOST + 1)}
    outside._answers._most = 3
    for name in ("c0", "c1", "c2", "c0", "c3", "c0", "c1"):
        await outside.profile(name)

    assert [asked.path.rpartition("/")[2] for asked in crm.asked] == ["c0", "c1", "c2", "c3", "c1"]


async def test_without_a_cache_each_look_asks(crm: Crm) -> None:
    """With 0 seconds nothing is kept at all."""
    outside = CrmProfiles(crm.url, timeout_s=IN_TIME_S, cache_s=0)
    for _ in range(2):
        await outside.profile("demo-mina")
    kept = len(outside._answers)
    await outside.close()

    assert (len(crm.asked), kept) == (2, 0)


async def test_many_looks_at_once_are_one_question(outside: CrmProfiles, crm: Crm) -> None:
    """Who looks while somebody is asking finds what they are told; each customer gets their own."""
    found = await asyncio.gather(*(outside.profile(name) for name in ("demo-mina", "demo-jun") * 20))

    assert found[::2] == [Profile("demo-mina", MINA)] * 20
    assert {one and one.customer_id for one in found[1::2]} == {"demo-jun"}
    assert len(crm.asked) == 2
    assert outside._asking == {}


async def test_a_dead_system_is_left_alone(outside: CrmProfiles, crm: Crm, clock: Clock) -> None:
    """After some failures in a row it is not asked for a while, each time for longer; an answer ends that."""
    crm.fault = "server_error"
    codes = []
    for wait_s in (*[0.0] * (FAILURES + 1), PAUSE_S, PAUSE_S, 2 * PAUSE_S, 1000.0):
        clock.now += wait_s
        with pytest.raises(UpstreamError) as raised:
            await outside.profile("demo-mina")
        codes.append(raised.value.code)
    asked, down_then = len(crm.asked), outside.is_down
    crm.fault = None
    clock.now += PAUSE_MOST_S
    await outside.profile("demo-mina")

    refused, left_alone = "crm_unavailable", "crm_paused"
    assert codes == [*[refused] * 3, left_alone, refused, left_alone, refused, refused]
    assert (asked, down_then, outside.is_down) == (6, True, False)


async def test_it_is_left_alone_for_as_long_as_it_asks(outside: CrmProfiles, crm: Crm, clock: Clock) -> None:
    """`Retry-After` is obeyed from the first time on; what is kept is still given."""
    await outside.profile("demo-jun")
    crm.fault = "busy"
    with pytest.raises(UpstreamError) as raised:
        await outside.profile("demo-mina")
    crm.fault = None
    clock.now += 15
    with pytest.raises(UpstreamError, match="again in 15 s"):
        await outside.profile("demo-mina")
    kept = await outside.profile("demo-jun")
    clock.now += 15

    assert raised.value.retry_after_s == 30
    assert kept is not None
    assert await outside.profile("demo-mina") == Profile("demo-mina", MINA)


async def test_a_broken_answer_about_one_customer_leaves_what_is_known_of_others(
    outside: CrmProfiles, crm: Crm
) -> None:
    """Somebody else's answer is given to nobody, and kept for nobody."""
    crm.facts["somebody-else"] = [{**EMAIL, "value": "other@example.com"}]
    crm.fault = "other"
    with pytest.raises(UpstreamError) as raised:
        await outside.profile("demo-mina")
    crm.fault = None

    assert raised.value.code == "crm_mixed_up"
    assert await outside.profile("demo-mina") == Profile("demo-mina", MINA)


async def test_facts_of_categories_that_the_policy_does_not_name_are_left_out(crm: Crm) -> None:
    """They never get in; how many is counted, and reported once in a while."""
    crm.facts["demo-mina"] = [EMAIL, {**EMAIL, "category": "gossip"}, {**EMAIL, "category": "horoscope"}]
    outside = CrmProfiles(crm.url, timeout_s=IN_TIME_S, cache_s=0, categories=["contact", "order"])
    told: list[BaseException] = []
    joined = JoinedProfiles(Held(None), outside, report=told.append)
    for _ in range(5):
        mina = await joined.profile("demo-mina")
    await outside.close()

    assert mina == Profile("demo-mina", MINA[:1])
    assert (outside.left_out, joined.state()[:24]) == (10, "ok, 10 facts left out: t")
    assert [str(error).split(" facts")[0] for error in told] == ["2"]


async def test_nobody_takes_the_word_for_the_customer(outside: CrmProfiles, crm: Crm) -> None:
    """A fact is the customer's own only when it was said here: that system can't claim so."""
    crm.facts["demo-mina"] = [{**EMAIL, "source": source} for source in ("customer", "identity_token", "shop")]
    mina = await outside.profile("demo-mina")

    assert mina is not None
    assert [fact.source for fact in mina.facts] == ["crm", "crm", "shop"]


async def test_its_texts_hold_nothing_of_anybody(outside: CrmProfiles) -> None:
    """What is logged of the adapter and of what it keeps names nobody, and neither can be pickled into a file."""
    await outside.profile("demo-mina")
    joined = JoinedProfiles(outside, outside)

    for thing in (outside, outside._answers, outside._answers.about("demo-mina", 1_000), joined):
        assert "mina" not in repr(thing)
    for thing in (outside, joined):
        with pytest.raises((TypeError, AttributeError)):
            pickle.dumps(thing)


class Held:
    """A store that gives one profile, or fails."""

    def __init__(self, profile: Profile | None, error: Exception | None = None, *holders: str) -> None:
        self._profile = profile
        self._error = error
        self._holders = holders

    async def profile(self, customer_id: str) -> Profile | None:
        """Give it."""
        if self._error:
            raise self._error
        return self._profile

    def digest(self, canonical: str) -> str:
        """Return the value."""
        return canonical

    async def holders(self, digests: Any) -> dict[str, frozenset[str]]:
        """Return who holds them."""
        return {digest: frozenset({"demo-mina"}) for digest in digests if digest in self._holders}


async def test_both_stores_make_one_profile(outside: CrmProfiles, crm: Crm) -> None:
    """What both hold under one name is that system's word; what the customer gave here stays, and so do consents."""
    crm.facts["demo-mina"].append(
        {**EMAIL, "purposes": ["customer_care"], "consent": "given", "given_at": AT.isoformat(), "name": "phone"}
    )
    here = Profile(
        "demo-mina",
        (
            Fact("email", "old@example.com", "contact", "import"),
            Fact("order", "DB-2026-88213", "order", "import"),
            Fact("email", "own@example.com", "contact", "customer"),
            Fact("name", "김미나", "identity", "identity_token"),
            Fact("tier", "gold", "identity", "import"),
        ),
        (GIVEN,),
    )
    mina = await JoinedProfiles(Held(here), outside).profile("demo-mina")

    assert mina is not None
    assert [fact.value for fact in mina.facts] == [
        *("mina@example.com", "DB-2026-88213", "mina@example.com"),
        *("own@example.com", "김미나", "gold"),
    ]
    assert [consent.fact for consent in mina.consents] == ["phone", None]
    assert mina.is_whole


@pytest.mark.parametrize("fault", [*STATUS, "other", "cut"])
async def test_without_that_system_the_database_is_used_alone(outside: CrmProfiles, crm: Crm, fault: Fault) -> None:
    """Its failure is reported once a pause and costs its facts only; the profile says that it is not whole."""
    crm.fault = fault
    told: list[BaseException] = []
    here = Profile("demo-mina", MINA[:1], (GIVEN,))
    known = JoinedProfiles(Held(here), outside, report=told.append)
    stranger = JoinedProfiles(Held(None), outside, report=told.append)
    found = [await known.profile("demo-mina") for _ in range(FAILURES + 2)]

    assert found == [replace(here, is_whole=False)] * (FAILURES + 2)
    assert await stranger.profile("demo-mina") == Profile("demo-mina", is_whole=False)
    assert 1 <= len(told) <= FAILURES
    assert known.state().startswith("missing: ")


async def test_without_the_database_nobody_knows_what_was_agreed_to(outside: CrmProfiles, crm: Crm) -> None:
    """Then there is no profile at all, whatever that system holds."""
    for error in (StoreError("the database did not answer"), UpstreamError("no")):
        with pytest.raises(type(error)):
            await JoinedProfiles(Held(None, error), outside).profile("demo-mina")


async def test_the_database_answers_for_the_customers_it_knows(outside: CrmProfiles) -> None:
    """A value that it knows somebody to hold is theirs; about any other nobody can say."""
    joined = JoinedProfiles(Held(None, None, "mina@example.com"), outside)

    known = await joined.holders(["x", joined.digest("mina@example.com")])
    assert known == {"mina@example.com": frozenset({"demo-mina"})}
    assert await joined.holders(["x"]) is None


async def test_withdrawing_here_outlasts_what_that_system_says(outside: CrmProfiles, crm: Crm) -> None:
    """A consent that it goes on reporting as given, without saying when, does not undo what the customer said here."""
    crm.facts["demo-mina"] = [{**EMAIL, "purposes": ["customer_care"], "consent": "given"}]
    withdrawn = Consent("k2", "customer_care", "withdrawn", AT, "contact", "email")
    before = await JoinedProfiles(Held(None), outside).profile("demo-mina")
    after = await JoinedProfiles(Held(Profile("demo-mina", (), (withdrawn,))), outside).profile("demo-mina")

    assert before is not None
    assert after is not None
    assert [max(one.consents, key=lambda event: event.at).state for one in (before, after)] == ["given", "withdrawn"]
