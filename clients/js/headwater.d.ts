// Written by hand; a test holds it against headwater.js.

export interface Options {
  /** Of the deployment, without a slash at its end. */
  url: string;
  apiKey?: string;
  /** Of a user, or what has one for whoever a call is about: a user id, or ~ and a session id. */
  token?: string | ((subject: string) => string | Promise<string>);
  /** As `identify` takes it. */
  userId?: string;
  /** Whether logging in makes the session's history the user's: POST /users/{user_id}/sessions. */
  join?: boolean;
  /** false: nothing is put into localStorage, and what is held ends with the page. */
  persist?: boolean;
  /** Told of all that will never be sent again; console.warn without it. */
  onDrop?: (drop: Drop) => void;
  /** Told of each call that did not bring its events, which are kept; console.warn without it. */
  onTrouble?: (trouble: Trouble) => void;
  /** From an event to its call, unless its batch is full before: 2000. */
  windowMs?: number;
  /** Most that is waited after a first failure, doubled with each further one: 1000. */
  backoffMs?: number;
  /** 300000. */
  maxBackoffMs?: number;
  /** Events held at once, 25 or more: 1000. */
  maxHeld?: number;
}

/** What an event may say beside its type and item. at: RFC 3339 or epoch ms; without it, now. */
export interface About {
  at?: string | number;
  value?: number;
  context?: Record<string, string | number | boolean>;
  recommendation_id?: string;
  /** Of an impression: the chance that its list gave the item, if it gave one. */
  propensity?: number;
}

export interface Event extends About {
  event_id: string;
  type: string;
  item_id: string;
}

/** reason: refused by the server, erased as its user was, overflow as the oldest made room. */
export interface Drop {
  reason: "refused" | "erased" | "overflow";
  subject: string;
  /** null: it was a session that was to be joined. */
  event: Event | null;
  session_id?: string | null;
  status?: number;
  field?: string | null;
  message?: string;
}

/** status: 0 when no answer came. */
export interface Trouble {
  status: number;
  message: string | undefined;
}

/** Of this page. unkept: how often storage did not take something. */
export interface Counts {
  tracked: number;
  accepted: number;
  dropped: Partial<Record<Drop["reason"], number>>;
  unkept: number;
}

export interface Item {
  item_id: string;
  rank: number;
  score: number;
  title: string | null;
  reasons: { signal: string; share: number; because: string[] }[];
  /** Where the deployment explores: the chance of the item to be on this list. */
  propensity?: number;
}

export interface Listing {
  user_id: string;
  recommendation_id: string;
  source: string;
  why: string;
  model: string | null;
  items: Item[];
}

export interface Client {
  readonly counts: Counts;
  /** Whose events are: the user's id, or ~ and the id of an anonymous session. */
  readonly subject: string;
  /** Takes an event in and returns its id at once; throws for what is no JSON. */
  track(type: string, itemId: string, about?: About): string;
  /** Logs in; null logs out. Another user than the session's begins a new session. */
  identify(userId: string | null): void;
  /** Tracks that a list was shown; later events on its items name the list. */
  impressions(listing: Pick<Listing, "recommendation_id">
    & { items: Pick<Item, "item_id" | "propensity">[] }): void;
  /** A list that knows the events still held here. An error's `cause` is the status. */
  recommend(asked?: { k?: number; exclude_seen?: boolean }): Promise<Listing>;
  /** Sends now; how many events are still held then. */
  flush(): Promise<number>;
}

export function connect(options: Options): Client;
