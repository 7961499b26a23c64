// Sends what people do to a Headwater deployment and asks it for lists; README.md says what it
// promises. An event lies in localStorage until it is accepted, named after the page that holds it.
// A page that holds events holds a lock of that name: who gets a dead page's lock takes them over.

const MAX_EVENTS = 25, MAX_RECENT = 50, NEVER_RECENT = ["impression", "dislike", "rate"];
const MAX_QUERY = 4000, MAX_SHOWN = 200; // characters; items
// Characters, 60 KB at most: of all scripts together, fetch lets 64 KiB outlive a page.
// source: WHATWG, "Fetch", "HTTP-network-or-cache fetch", keepalive.
const MAX_TEXT = 20000;
const SETTLE_MS = 1000; // in which what a page wrote before it died is seen by other processes
const HOLD_MS = 300000, TIMEOUT_MS = 30000, RECENT_MS = 10000, MAX_RETRY_AFTER_MS = 3600000;
const AT_ONCE = -Infinity, encode = encodeURIComponent;

// 128 random bits. crypto.randomUUID would do, but pages without TLS have none.
const newId = () =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("-");

// Only the API's own words count as taken: a hotel's login page answers 200 as well.
const verdict = (status, body, joining) =>
  (joining ? status == 200 && body.joined : status == 202 && body.accepted >= 0) ? "taken"
    : status == 410 ? "erased"
      : !joining && (status | 2) == 403 ? "held" // 401 or 403
        : status > 399 && status < 500 && status != 408 && status != 429 ? "refused"
          : "retried";

/** @param {import("./headwater.js").Options} options */
export function connect(options) {
  const {
    url, apiKey, token, userId, join, persist = true,
    onDrop = console.warn, onTrouble = console.warn,
    windowMs = 2000, backoffMs = 1000, maxBackoffMs = 300000, maxHeld = 1000,
  } = options;
  const counts = { tracked: 0, accepted: 0, dropped: {}, unkept: 0 };
  const prefix = `headwater1 ${url} `, memory = {};
  let queue = []; // what waits and what is under way, oldest first
  let user, storage, running, timer, failures = 0, shutUntil = AT_ONCE;
  let page, locked, gone, held, release, away, watched, added = 1e6;

  // Storage: there may be none, and it may be forbidden or full.

  const ask = (verb, name, value) => {
    try {
      return storage[verb](prefix + name, value);
    } catch {
      if (verb == "setItem") counts.unkept++;
    }
  };
  const get = (name) => JSON.parse(ask("getItem", name) ?? memory[name] ?? "[]");
  const set = (name, value) => ask("setItem", name, memory[name] = JSON.stringify(value));

  const keep = (entry) => {
    const { subject, event, session } = entry;
    if (locked || gone)
      ask("setItem", entry.name ??= `q ${page} ${++added}`,
        JSON.stringify([subject, event, session]));
  };
  const forget = (entries) => {
    queue = queue.filter((entry) => !entries.includes(entry));
    // Held again, an entry is of the page that holds it then, and has another name.
    entries.forEach((entry) => entry.name &&= ask("removeItem", entry.name));
    if (!queue[0]) page = locked = release?.();
  };

  // Pages come, go and die.

  const watch = (other) => {
    const take = async () => {
      watched[other] = 0;
      if (other == page) locked = true;
      else {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        if (!gone) hold(left(other + " ").map((name) => ({ ...entryOf(...get(name)), name })));
      }
      queue.forEach(keep);
      return queue[0] && held;
    };
    watched[other] ||= navigator.locks.request(prefix + other, { signal: away.signal }, take)
      .catch(() => {}); // we were gone before it came to us
  };
  const left = (of = "") => Object.keys(storage).sort()
    .filter((name) => name.startsWith(prefix + "q " + of)).map((name) => name.slice(prefix.length));
  const look = () => left().forEach((name) => watch(name.split(" ")[1]));

  const arrive = () => {
    away = new AbortController();
    watched = {};
    const doubted = gone;
    gone = page = locked = 0;
    if (storage) {
      queue = []; // of a page that comes back, whose events lie in storage
      setTimeout(look, SETTLE_MS);
    }
    hold(doubted || []);
  };

  const leave = (forGood) => {
    if (gone) return; // a page that was left is hidden as well
    if (!storage || navigator.onLine && !failures) {
      hurry(performance.now()); // but not what is held for its token
      let room = MAX_TEXT - size(queue.filter((entry) => entry.busy));
      for (let batch; (batch = next(room)) && (room -= size(batch)) >= 0;)
        if (!forGood || apiKey || token) send(batch); // a beacon carries no headers
        else if (navigator.sendBeacon(url + pathOf(batch), contentOf(batch))) mark(batch, true);
        else break;
    }
    if (!forGood) return;
    // Where calls fail, this one may as well: rather twice than never.
    if (!failures) sent(queue.filter((entry) => entry.busy));
    gone = []; // what was handed over, and told that it failed
    page ||= newId();
    queue.forEach(keep);
    away.abort();
    release?.();
  };

  // What is sent, and when.

  const entryOf = (subject, event, session, since = AT_ONCE) =>
    // A copy, and it can be sent.
    ({ subject, event: JSON.parse(JSON.stringify(event)), session, since });
  const size = (entries) => JSON.stringify(entries).length; // and some more
  const pathOf = ([{ subject, event }]) => event ? "/events" : `/users/${encode(subject)}/sessions`;
  const contentOf = (batch) => {
    const [{ subject, event, session }] = batch, events = batch.map((entry) => entry.event);
    return JSON.stringify(!event ? { session_id: session }
      : subject[0] == "~" ? { session_id: subject.slice(1), events }
        : { user_id: subject, events });
  };
  const mark = (batch, busy) => batch.forEach((entry) => entry.busy = busy);

  const hold = (entries) => {
    queue.push(...entries);
    if (storage && !page && queue[0]) {
      page = newId();
      held = new Promise((resolve) => release = resolve);
      watch(page);
      look();
    }
    entries.forEach(keep);
    const over = queue.length - maxHeld;
    if (over > 0) drop(queue.filter((entry) => !entry.busy).slice(0, over), "overflow");
    pump();
  };

  const add = (...of) => {
    counts.tracked++;
    hold([entryOf(...of)]);
  };

  const hurry = (now, subject) => {
    for (const entry of queue)
      if (entry.since < now || entry.subject == subject) entry.since = AT_ONCE;
  };

  // A lane is what waits of one subject, since a call carries one user's. It is ready when its
  // oldest waited for the window or a batch is full, and what was ready first goes first.
  const first = () => {
    const lanes = {};
    for (const entry of queue) if (!entry.busy) (lanes[" " + entry.subject] ||= []).push(entry);
    let best = { at: Infinity };
    for (const lane of Object.values(lanes)) {
      const [{ since }] = lane, full = lane[MAX_EVENTS - 1];
      const at = full ? Math.max(since, full.since) : since + windowMs;
      if (at < best.at) best = { at, lane };
    }
    return best;
  };

  const next = (room = MAX_TEXT) => {
    const { at, lane } = first(), batch = [];
    if (Math.max(at, shutUntil) > performance.now()) return;
    for (const entry of lane) {
      if (batch[0] && (size([...batch, entry]) > room || !entry.event || !batch[0].event)) break;
      if (batch.push(entry) == MAX_EVENTS) break;
    }
    return batch;
  };

  const pump = () => running ??= run();
  const run = async () => {
    // What a page that is gone holds is the next one's.
    const free = () => !gone && !queue.find((entry) => entry.busy);
    try {
      await null; // what is tracked together goes together
      for (let batch; free() && (batch = next());) await send(batch);
    } finally {
      running = clearTimeout(timer);
      const wait = Math.max(first().at, shutUntil) - performance.now();
      if (free() && wait < Infinity) timer = setTimeout(pump, wait);
    }
  };

  const send = async (batch) => {
    mark(batch, true);
    settle(batch, await call(batch[0].subject, pathOf(batch), contentOf(batch)));
  };

  const call = async (subject, path, body) => {
    try {
      const bearer = typeof token == "function" ? await token(subject) : token;
      const response = await fetch(url + path, {
        method: body ? "POST" : "GET", body, keepalive: body?.length < MAX_TEXT + 1000,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          "content-type": "application/json", ...apiKey && { "x-api-key": apiKey },
          ...bearer && { authorization: "Bearer " + bearer },
        },
      });
      const after = response.headers.get("retry-after");
      const said = await response.json().catch(() => 0) || {};
      return {
        status: response.status, body: said, message: said.message, ...said.error,
        wait: Math.min(MAX_RETRY_AFTER_MS,
          Math.max(0, +after * 1000 || Date.parse(after) - Date.now() || 0)),
      };
    } catch (error) {
      return { status: 0, body: {}, message: `${error}`, wait: 0 };
    }
  };

  const settle = (batch, { status, body, field, message, wait }) => {
    const [{ subject, session }] = batch, now = performance.now();
    const meant = verdict(status, body, session);
    mark(batch);
    // Handed over on leaving: it goes on, but a dying page is told that it failed. One that comes
    // back sends again: rather twice than never.
    if (gone && !status && !queue.includes(batch[0])) return gone.push(...batch);
    if (meant == "held" || meant == "retried") {
      let until = now + HOLD_MS;
      if (meant == "retried") until = shutUntil = now + wait
        + Math.random() * Math.min(maxBackoffMs, backoffMs * 2 ** failures++);
      batch.forEach((entry) => entry.since = until - windowMs);
      hold(batch.filter((entry) => !queue.includes(entry))); // handed over by a page that came back
      return onTrouble({ status, message });
    }
    failures = 0;
    const wrong = new Map(body.rejected?.map((each) => [batch[each.index], each]));
    const refused = meant == "erased" ? queue.filter((entry) => entry.subject == subject)
      : batch.filter((entry) => meant == "refused" || wrong.has(entry));
    const taken = batch.filter((entry) => !refused.includes(entry));
    counts.accepted += taken.length;
    sent(taken);
    if (status == 409) set("session", [newId()]); // it is somebody else's
    for (const entry of refused) {
      const why = wrong.get(entry) ?? { field, reason: message };
      drop([entry], meant == "erased" ? meant : "refused",
        { status, field: why.field, message: why.reason });
    }
    pump();
  };

  const drop = (entries, reason, why) => {
    forget(entries);
    for (const { subject, event, session } of entries) {
      counts.dropped[reason] = (counts.dropped[reason] ?? 0) + 1;
      onDrop({ reason, subject, event, session_id: session, ...why });
    }
  };

  // What lists may not know yet.

  const clicks = (entries) => entries
    .filter(({ event }) => event && !NEVER_RECENT.includes(event.type))
    .map(({ subject, event }) => [subject, event.item_id, Date.now()]);
  const sent = (entries) => {
    set("sent", [...get("sent"), ...clicks(entries)].slice(-MAX_RECENT));
    forget(entries);
  };

  const client = {
    counts,

    track(type, item_id, about) {
      const event = {
        event_id: newId(), type, item_id, at: Date.now(),
        recommendation_id: get("shown").find(([item]) => item == item_id)?.[1], ...about,
      };
      add(client.subject, event, 0, performance.now());
      return event.event_id;
    },

    get subject() {
      if (user) return user;
      if (!get("session")[0]) set("session", [newId()]);
      return "~" + get("session")[0];
    },

    identify(userId) {
      const [id, owner] = get("session");
      user = userId;
      if (owner && owner != userId) set("session", [newId()]);
      else if (id && userId && !owner) {
        set("session", [id, userId]);
        if (join) add(userId, null, id);
      }
      hurry(performance.now(), userId); // whose token may be good by now
      pump();
    },

    impressions({ recommendation_id, items }) {
      const shown = items.map(({ item_id, propensity }) => {
        client.track("impression", item_id, { recommendation_id, propensity });
        return [item_id, recommendation_id];
      });
      set("shown", [...shown, ...get("shown")].slice(0, MAX_SHOWN));
    },

    /** @param {{ k?: number, exclude_seen?: boolean }} asked */
    async recommend({ k, exclude_seen } = {}) {
      const { subject } = client, parts = new Set();
      let query = "";
      for (const [whose, item, at] of [...get("sent"), ...clicks(queue)].reverse()) {
        const part = "&recent=" + encode(item);
        if (whose != subject || parts.has(part) || Date.now() - at > RECENT_MS) continue;
        if (parts.size == MAX_RECENT || query.length + part.length > MAX_QUERY) break;
        parts.add(part);
        query = part + query;
      }
      if (k) query += "&k=" + k;
      if (exclude_seen === false) query += "&exclude_seen=false";
      const { status, body, message } = await call(
        subject, `/users/${encode(subject)}/recommendations?${query.slice(1)}`);
      if (status != 200) throw new Error(message, { cause: status });
      return body;
    },

    async flush() {
      hurry(Infinity);
      await pump();
      return queue.length;
    },
  };

  try {
    storage = persist && navigator.locks && localStorage;
  } catch { /* forbidden */ }
  arrive();
  const on = (name, act) => globalThis.addEventListener?.(name, act);
  on("pagehide", leave);
  on("pageshow", ({ persisted }) => persisted && arrive());
  on("visibilitychange", () => document.hidden && leave());
  on("online", () => {
    shutUntil = AT_ONCE;
    client.flush();
  });
  if (userId) client.identify(userId);
  return client;
}
