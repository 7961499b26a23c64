// A page of a shop: it must compile, but for the lines that must not.
import { connect, type Client, type Drop, type Listing } from "headwater-client";

const client: Client = connect({
  url: "https://api.example/v1", apiKey: "key", userId: "ann", join: true,
  token: async (subject) => `token of ${subject}`,
  onDrop: ({ reason, event, message }: Drop) => console.log(reason, event?.item_id, message),
  onTrouble: ({ status, message }) => console.log(status, message),
});

const id: string = client.track("rate", "50", { value: 4, context: { page: "home", shown: true } });
client.identify(null);
const listing: Listing = await client.recommend({ k: 10, exclude_seen: false });
client.impressions(listing);
const held: number = await client.flush();
console.log(id, held, client.subject, client.counts.dropped.overflow ?? 0, listing.items[0].title);

// @ts-expect-error: an item's id is a string
client.track("click", 50);
// @ts-expect-error: without a URL there is nowhere to send to
connect({});
// @ts-expect-error: the key is spelt apiKey
connect({ url: "", api_key: "" });
// @ts-expect-error: counts are read
client.counts = { tracked: 0, accepted: 0, dropped: {}, unkept: 0 };
