// What is said where this browser keeps nothing for us, and of scans that wait in it.
import { findAll, say } from "./dom.js";
import * as queue from "./queue.js";

/** Say at once that nothing is kept here, before anybody relies on it. `isThere` is that of the queue in use. */
export async function tellWhatIsKept(isThere) {
  const kept = await isThere();
  findAll("[data-keeps-nothing]").forEach((each) => (each.hidden = kept));
  if (!kept) findAll("[data-if-kept]").forEach((each) => (each.hidden = true));
}

/** What stands below "Sending …". */
export const sendingNext = () => say(queue.keepsLoosely() ? "sending_loosely_next" : "sending_next");

/** A scan that could not be sent: why, whether it is kept, and what to do. */
export function waitingWords() {
  const kind = (queue.keepsLoosely() ? "loose_" : "") + (queue.obstacle === "sign_in" ? "signed_out" : "kept");
  return { tone: "warn", title: say(kind), next: say(`${kind}_next`) };
}
