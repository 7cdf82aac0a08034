// The scans of this phone that wait for an answer, and those answered lately.
import { keptIn } from "./kept.js";

const table = keptIn("alliance", "scans");
/** Answered scans are shown for a day, then forgotten. */
const KEEP_ANSWERED_MS = 24 * 3600 * 1000;

export const { isThere, put, find, change } = table;

/** Whether scans wait that will be gone with this page. */
export const keepsLoosely = () => table.loosely().some((scan) => scan.state === "waiting");

/** All scans, oldest first. */
export async function all() {
  return (await table.all()).sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

/** Forget answered scans: those older than a day, or all of them. */
export function forgetAnswered(everything = false) {
  const limit = Date.now() - KEEP_ANSWERED_MS;
  const past = (scan) => scan.state !== "waiting" && (everything || scan.answered_at < limit);
  return table.sweep((scan) => !past(scan) && scan);
}
