// Plays days of `simulated.py`, one a line, with the browser module: node simulate.mjs MODULE

import { createInterface } from "node:readline";

const settled = setImmediate; // the rest of the clock is ours
const turn = () => new Promise((resolve) => settled(resolve));
const { connect } = await import(process.argv[2]);

let now, timers, calls, faults;
Object.defineProperty(globalThis, "performance", { value: { now: () => now } });
Math.random = () => 0.5;
AbortSignal.timeout = () => undefined;
globalThis.setTimeout = (act, ms) => {
  const timer = { at: now + Math.max(0, ms), act };
  timers.push(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => { timers = timers.filter((other) => other !== timer); };
globalThis.fetch = async (_, { body }) => {
  const { user_id, events } = JSON.parse(body);
  const [status, after, name] = faults.shift() ?? [202, 0, "ok"];
  calls.push([user_id, events.map((event) => event.item_id), name, now]);
  if (!status) throw new TypeError("failed to fetch");
  const headers = after ? { "retry-after": `${after}` } : {};
  return new Response(JSON.stringify(status === 202 ? { accepted: events.length } : {}), { status, headers });
};

for await (const line of createInterface({ input: process.stdin })) {
  const day = JSON.parse(line), drops = [];
  [now, timers, calls, faults] = [0, [], [], day.faults];
  const client = connect({
    url: "http://127.0.0.1", persist: false, maxHeld: day.maxHeld, userId: day.users[0],
    onDrop: ({ reason, event }) => drops.push([reason, event.item_id]), onTrouble() {},
  });
  let n = 0;
  const acts = {
    track(many) { for (let i = 0; i < many; i++) client.track("view", `i${++n}`); },
    user: (name) => client.identify(name),
    flush: () => { client.flush(); },
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        timers.sort((one, other) => one.at - other.at);
        if (!(timers[0]?.at <= until)) break;
        const { at, act } = timers.shift();
        now = Math.max(now, at);
        act();
        await turn();
      }
      now = until;
    },
  };
  await turn();
  for (const [name, given] of day.steps) {
    await acts[name](given);
    await turn();
  }
  const { tracked, accepted, dropped } = client.counts;
  const left = tracked - accepted - Object.values(dropped).reduce((sum, many) => sum + many, 0);
  console.log(JSON.stringify({ calls, drops, accepted, left }));
}
