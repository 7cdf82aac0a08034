// The awards of this browser that wait for an answer, and those answered lately, in IndexedDB, of everybody who has
// worked at it; and what of them is forgotten when somebody goes.
import { keptIn } from "./kept.js";

const table = keptIn("alliance-awards", "awards");
/** What waits longer for its coordinator to come back is given up: a shared tablet must not keep codes for ever. */
const KEEP_WAITING_MS = 7 * 24 * 3600 * 1000;

export const { isThere, put, find, change } = table;

/** The awards of one reader, oldest first. */
export async function listOf(reader) {
  const all = await table.all();
  return all.filter((award) => award.reader === reader).sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

/** Whether it is to be taken back and that was not answered yet. */
export const undoing = (award) => Boolean(award.undo_key) && award.state === "accepted" && !award.problem;

/** Whether the server still has to hear of it: of the award itself, or of its undoing. */
export const isOpen = (award) => award.state === "waiting" || undoing(award);

/** Whether awards have to be sent that will be gone with this page. */
export const keepsLoosely = () => table.loosely().some(isOpen);

/** The awards of one reader that still have to be sent; none where the browser keeps nothing. */
export async function openOf(reader) {
  return reader ? (await listOf(reader)).filter(isOpen) : [];
}

/** Forget the awards of everybody but `reader`: those that are answered; of the others all that is not needed to send
    them when their coordinator signs in again. */
export function forgetOthers(reader = "") {
  const limit = Date.now() - KEEP_WAITING_MS;
  return table.sweep((award) => {
    if (award.reader === reader) return award;
    return isOpen(award) && Date.parse(award.scanned_at) >= limit && withoutNames(award);
  });
}

function withoutNames(award) {
  const { outcome, request_id, transfer_id } = award.answer || {};
  return { ...award, label: "", ...(award.answer && { answer: { outcome, request_id, transfer_id } }) };
}
