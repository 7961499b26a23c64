// The types that were written against those that the compiler finds in the module itself.
import type * as Found from "./found/headwater.js";
import type * as Written from "headwater-client";

type Same<One, Other> = [One] extends [Other] ? [Other] extends [One] ? true : never : never;
type FoundClient = ReturnType<typeof Found.connect>;

// Each is an error where a name is on one side alone.
export const exported: Same<keyof typeof Found, keyof typeof Written> = true;
export const members: Same<keyof FoundClient, keyof Written.Client> = true;
export const counted: Same<keyof FoundClient["counts"], keyof Written.Counts> = true;

// And each member does what is written of it.
export const client = (found: FoundClient): Omit<Written.Client, "counts"> => found;
