"""The browser module in a browser, before the local cloud: pages that come, go and die."""

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from local.cloud import Cloud
from tests.clients.browsing import Shop, launched, opened_shop, track, until
from tests.clients.faulty import FaultyServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


@pytest.fixture
def tabs(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


@pytest.fixture
def tab(tabs: BrowserContext) -> Page:
    return tabs.new_page()


@pytest.fixture
def api(before_cloud: FaultyServer) -> FaultyServer:
    return before_cloud


@pytest.fixture
def shop(api: FaultyServer, cloud: Cloud) -> Iterator[Shop]:
    with opened_shop() as made:
        made.options = {"url": api.url, "apiKey": cloud.api_key, "userId": "ann", "backoffMs": 50}
        yield made


def sent(api: FaultyServer) -> Counter[str]:
    """How often each item was sent and answered."""
    return Counter(item for call in api.calls if call.ended_s for item in call.items)


def once(*items: str) -> Counter[str]:
    return Counter(items)


def known(cloud: Cloud, user: str = "ann") -> dict[str, int]:
    """Events as the deployment counts them."""
    cloud.drain()
    with cloud.client() as client:
        reply = client.call("GET", f"/users/{user}")
    return reply.body["events"] if reply.status == 200 else {}


def take_down(api: FaultyServer, page: Page, *items: str) -> None:
    """Events that a page holds, since the API cannot be reached."""
    api.down = True
    track(page, *items)
    page.wait_for_function("news.some(({ status }) => status === 0)")


def test_events_of_a_page_reach_the_deployment_across_origins(
    cloud: Cloud, api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.visit(tab)

    track(tab, "a", "b", "c")
    held = tab.evaluate("client.flush()")

    assert held == 0
    assert "OPTIONS" in api.others  # the browser asked first
    assert known(cloud) == {"click": 3}


def test_what_is_tracked_within_two_seconds_leaves_in_one_call_by_itself(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.visit(tab)
    track(tab, "a")
    track(tab, "b")

    tab.wait_for_function("client.counts.accepted === 2")

    assert [call.items for call in api.calls] == [["a", "b"]]


def test_a_list_of_the_deployment_is_shown_and_what_comes_of_it_names_it(
    api: FaultyServer, shop: Shop, tab: Page, cloud: Cloud
) -> None:
    with cloud.client() as client:
        client.call("PUT", "/items", {"items": [{"item_id": i} for i in "abc"]}, admin=True)
    shop.visit(tab)

    listing = tab.evaluate("client.recommend({ k: 2 })")
    tab.evaluate("async (listing) => { client.impressions(listing); }", listing)
    track(tab, listing["items"][0]["item_id"])
    tab.evaluate("client.flush()")

    events = [event for call in api.calls for event in call.body["events"]]
    assert [event["type"] for event in events] == ["impression", "impression", "click"]
    assert {event["recommendation_id"] for event in events} == {listing["recommendation_id"]}


@pytest.mark.parametrize("where", ["same site", "another site"])
def test_a_click_that_leads_away_arrives(
    cloud: Cloud, api: FaultyServer, shop: Shop, tab: Page, where: str
) -> None:
    shop.visit(tab)

    with opened_shop() as other:
        track(tab, "a")
        tab.goto((shop if where == "same site" else other).url + "/plain")
        until(tab, lambda: sent(api) == once("a"))

    assert [call.items for call in api.calls] == [["a"]]
    assert known(cloud) == {"click": 1}


def test_what_was_handed_over_on_leaving_is_not_sent_again_by_the_next_page(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.visit(tab)
    api.delay_s = 0.3
    track(tab, *map(str, range(25)))
    until(tab, lambda: len(api.calls) == 1)
    track(tab, "last")

    shop.visit(tab, "/next")
    track(tab, "next")
    tab.evaluate("client.flush()")

    until(tab, lambda: sent(api)["next"] == 1)
    assert sent(api) == once(*map(str, range(25)), "last", "next")


def test_the_next_page_names_what_lists_may_not_know_yet(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.visit(tab)
    track(tab, "a b")

    shop.visit(tab, "/next")
    with tab.expect_request("**/recommendations*") as asked:
        tab.evaluate("client.recommend()")

    assert asked.value.url.endswith("?recent=a%20b")


def test_what_a_page_cannot_hand_over_the_next_one_sends(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.visit(tab)
    items = [f"{n:03}" + "x" * 200 for n in range(120)]  # more than may outlive a page
    api.delay_s = 0.2

    track(tab, *items)
    shop.visit(tab, "/next")
    tab.evaluate("client.flush()")

    until(tab, lambda: sum(sent(api).values()) >= len(items))
    assert sent(api) == once(*items)


def test_a_proxy_that_adds_the_key_is_sent_a_beacon(
    cloud: Cloud, api: FaultyServer, shop: Shop, tab: Page
) -> None:
    plain = api.behind
    api.behind = lambda method, target, headers, body: plain(
        method, target, {**headers, "x-api-key": cloud.api_key}, body)
    del shop.options["apiKey"]
    shop.visit(tab)

    track(tab, "a")
    tab.goto(shop.url + "/plain")
    until(tab, lambda: sent(api) == once("a"))

    assert api.calls[0].headers["Content-Type"].startswith("text/plain")
    assert known(cloud) == {"click": 1}


def test_a_tab_that_is_hidden_sends_at_once(api: FaultyServer, shop: Shop, tab: Page) -> None:
    shop.options["windowMs"] = 600_000
    shop.visit(tab)
    track(tab, "a")

    tab.evaluate("""() => {
        Object.defineProperty(document, "hidden", { value: true });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }""")

    tab.wait_for_function("client.counts.accepted === 1")
    assert sent(api) == once("a")


def test_what_is_tracked_offline_arrives_once_the_network_is_back(
    api: FaultyServer, shop: Shop, tabs: BrowserContext, tab: Page
) -> None:
    shop.options |= {"windowMs": 50, "backoffMs": 60_000}
    shop.visit(tab)
    tabs.set_offline(True)
    track(tab, "a")
    tab.wait_for_function("news.length")

    tabs.set_offline(False)
    tab.wait_for_function("client.counts.accepted === 1")

    assert sent(api) == once("a")


def test_a_reload_keeps_what_is_held(api: FaultyServer, shop: Shop, tab: Page) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    take_down(api, tab, "a", "b")

    tab.reload()
    api.down = False
    tab.wait_for_function("window.client?.counts.accepted === 2")

    assert sent(api) == once("a", "b")
    assert stored(tab) == []


def stored(page: Page) -> list[str]:
    """Events in storage."""
    return page.evaluate("Object.keys(localStorage).filter((name) => name.includes(' q '))")


def test_two_tabs_send_their_own(
    api: FaultyServer, shop: Shop, tabs: BrowserContext, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    one, other = shop.visit(tab), shop.visit(tabs.new_page())
    take_down(api, one, "a", "b")
    take_down(api, other, "c")

    api.down = False
    one.evaluate("client.flush()")
    one.wait_for_function("client.counts.accepted === 2")
    other.wait_for_function("client.counts.accepted === 1")

    assert sent(api) == once("a", "b", "c")


def test_what_a_closed_tab_held_is_sent_by_one_that_lives(
    api: FaultyServer, shop: Shop, tabs: BrowserContext, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    others = [shop.visit(tabs.new_page()) for _ in range(2)]
    take_down(api, tab, "a", "b")

    tab.close()
    api.down = False
    for n, other in enumerate(others):
        track(other, f"of {n}")
    until(others[0], lambda: sum(sent(api).values()) >= 4)

    assert sent(api) == once("a", "b", "of 0", "of 1")


def test_what_a_crashed_tab_held_is_sent_by_the_next(
    api: FaultyServer, shop: Shop, tabs: BrowserContext, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    take_down(api, tab, "a", "b")

    with pytest.raises(Error, match="crash"):
        tab.goto("chrome://crash")
    api.down = False
    following = shop.visit(tabs.new_page())
    following.wait_for_function("client.counts.accepted === 2")

    assert sent(api) == once("a", "b")


def test_two_clients_of_a_page_do_not_send_each_others_events(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)

    tab.evaluate("""async (options) => {
        const { connect } = await import("/headwater.min.js");
        window.second = connect(options);
        client.track("click", "a");
        second.track("click", "b");
    }""", shop.options)

    tab.wait_for_function("client.counts.accepted + second.counts.accepted === 2")
    assert sent(api) == once("a", "b")


def test_a_page_that_comes_back_from_the_cache_sends_what_it_still_held(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    take_down(api, tab, "a")

    tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    api.down = False
    tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    tab.wait_for_function("client.counts.accepted === 1")

    assert sent(api) == once("a")
    assert stored(tab) == []


@pytest.mark.parametrize("told", ["while it is away", "once it is back"])
def test_what_was_handed_over_in_vain_is_sent_again_when_the_page_comes_back(
    api: FaultyServer, shop: Shop, tab: Page, told: str
) -> None:
    shop.visit(tab)
    api.faults = [{"status": 503}]  # without CORS headers: pages are told of a failed network
    api.delay_s = 0.3 if told == "once it is back" else 0.0
    track(tab, "a")

    with tab.expect_event("requestfailed") as failed:
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
        if told == "while it is away":
            _ = failed.value
        tab.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    tab.wait_for_function("client.counts.accepted === 1")

    assert sent(api) == Counter({"a": 2})
    assert stored(tab) == []


def test_where_storage_is_full_events_are_sent_all_the_same(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    tab.evaluate("""() => {
        for (let size = 1 << 22; size; size >>= 1)
            try {
                for (let n = 0; ; n++) localStorage.setItem(`${size} ${n}`, "x".repeat(size));
            } catch {}
    }""")

    track(tab, "a")
    tab.wait_for_function("client.counts.accepted === 1")

    assert tab.evaluate("client.counts.unkept") > 0
    assert sent(api) == once("a")


def test_where_storage_is_forbidden_events_are_sent_all_the_same(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options |= {"windowMs": 50, "userId": ""}
    tab.goto(shop.url + "/plain")

    tab.set_content(f'<iframe sandbox="allow-scripts" src="{shop.url}/"></iframe>')
    frame = tab.frames[1]
    frame.wait_for_function("window.client")
    frame.evaluate("client.track('click', 'a'); client.track('click', 'b')")
    frame.wait_for_function("client.counts.accepted === 2")

    assert sent(api) == once("a", "b")
    assert len({call.body["session_id"] for call in api.calls}) == 1


def test_an_anonymous_session_is_the_same_on_every_page_until_somebody_logged_out(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options["userId"] = ""
    subjects = [shop.visit(tab).evaluate("client.subject"),
                shop.visit(tab, "/next").evaluate("client.subject")]
    tab.evaluate("client.identify('ann')")
    subjects.append(tab.evaluate("client.subject"))
    tab.evaluate("client.identify(null)")
    subjects.append(tab.evaluate("client.subject"))

    assert subjects[0] == subjects[1] != subjects[3]
    assert [subject[0] for subject in subjects] == ["~", "~", "a", "~"]


def test_what_an_anonymous_visitor_did_is_theirs_after_they_log_in(
    cloud: Cloud, api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options |= {"userId": "", "join": True}
    shop.visit(tab)
    track(tab, "a")
    tab.evaluate("client.flush()")

    tab.evaluate("client.identify('ann')")
    track(tab, "b")
    tab.evaluate("client.flush()")

    assert known(cloud) == {"click": 2}
    assert tab.evaluate("news") == []


def test_a_session_that_is_somebody_elses_is_begun_anew(
    cloud: Cloud, shop: Shop, tab: Page
) -> None:
    shop.options |= {"userId": "", "join": True}
    session = shop.visit(tab).evaluate("client.subject")
    with cloud.client() as client:
        client.call("POST", "/users/bob/sessions", {"session_id": session[1:]})

    tab.evaluate("client.identify('ann')")
    tab.evaluate("client.flush()")
    told = tab.evaluate("news")
    tab.evaluate("client.identify(null)")

    assert [(drop["reason"], drop["status"]) for drop in told] == [("refused", 409)]
    assert tab.evaluate("client.subject") != session


def test_a_clock_that_is_set_back_holds_nothing_up(
    api: FaultyServer, shop: Shop, tab: Page
) -> None:
    shop.options["windowMs"] = 50
    shop.visit(tab)
    tab.evaluate("Date.now = () => 1_000_000_000_000")

    track(tab, "a")
    tab.wait_for_function("client.counts.accepted === 1")

    assert sent(api) == once("a")
