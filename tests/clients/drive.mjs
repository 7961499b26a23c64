// Plays one scenario with the browser module: node drive.mjs MODULE URL SCENARIO

const [, , module, url, text] = process.argv;
const { connect } = await import(module);
const { options = {}, steps, owner } = JSON.parse(text);
const drops = [], troubles = [], lists = [];
const client = connect({
  windowMs: 20, backoffMs: 10, ...options, url, apiKey: "key",
  onDrop: (drop) => drops.push(drop), onTrouble: (trouble) => troubles.push(trouble),
});
let n = 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const track = (type, many) => {
  for (let i = 0; i < many; i++) client.track(type, `i${++n}`);
};
const reached = (wanted) => Object.entries({
  accepted: client.counts.accepted, troubles: troubles.length, ...client.counts.dropped,
}).filter(([name, many]) => many >= wanted[name]).length === Object.keys(wanted).length;

const acts = {
  track: ([type, many]) => track(type, many),
  track_for: ([user, type, many]) => { client.identify(user); track(type, many); },
  item: ([type, item]) => client.track(type, item),
  user: (user) => client.identify(user),
  async login(user) {
    if (owner) await fetch(`${url}/users/${owner}/sessions`, {
      method: "POST", body: JSON.stringify({ session_id: client.subject.slice(1) }) });
    client.identify(user);
  },
  flush: () => client.flush(),
  sleep_ms: pause,
  async until(wanted) {
    for (let i = 0; i < 1000 && !reached(wanted); i++) await pause(10);
  },
  async recommend(asked) { lists.push(await client.recommend(asked)); },
  impressions: (list) => client.impressions(lists[list]),
};

for (const step of steps) for (const [act, given] of Object.entries(step)) await acts[act](given);
console.log(JSON.stringify({
  counts: client.counts, troubles: troubles.map(({ status }) => status), tracked: n,
  drops: drops.map(({ reason, status, field }) => [reason, status ?? 0, field ?? null]),
}));
process.exit(0);
