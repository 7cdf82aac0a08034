// The awards of this browser that wait for an answer, and those answered lately, in IndexedDB, of everybody who has
// worked at it; and what of them is forgotten when somebody goes.
import { openDB } from "idb";

const DATABASE = "alliance-awards";
const AWARDS = "awards";
/** What waits longer for its coordinator to come back is given up: a shared tablet must not keep codes for ever. */
const KEEP_WAITING_MS = 7 * 24 * 3600 * 1000;

let database;

function open() {
  database =
    database ||
    openDB(DATABASE, 1, {
      upgrade(db) {
        db.createObjectStore(AWARDS, { keyPath: "id" });
      },
      blocking() {
        database.then((db) => db.close());
        database = null;
      },
    });
  return database;
}

export async function put(award) {
  await (await open()).put(AWARDS, award);
}

export async function find(id) {
  return (await open()).get(AWARDS, id);
}

/** The awards of one reader, oldest first. */
export async function listOf(reader) {
  const all = await (await open()).getAll(AWARDS);
  return all.filter((award) => award.reader === reader).sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

/** Change one award without losing what another tab wrote meanwhile; `alter` may return false to remove it. */
export async function change(id, alter) {
  const transaction = (await open()).transaction(AWARDS, "readwrite");
  const award = await transaction.store.get(id);
  if (award) {
    if (alter(award) === false) await transaction.store.delete(id);
    else await transaction.store.put(award);
  }
  await transaction.done;
  return award;
}

/** Whether it is to be taken back and that was not answered yet. */
export const undoing = (award) => Boolean(award.undo_key) && award.state === "accepted" && !award.problem;

/** Whether the server still has to hear of it: of the award itself, or of its undoing. */
export const isOpen = (award) => award.state === "waiting" || undoing(award);

/** The awards of one reader that still have to be sent; none where the browser keeps nothing. */
export async function openOf(reader) {
  const awards = reader ? await listOf(reader).catch(() => []) : [];
  return awards.filter(isOpen);
}

/** Forget the awards of everybody but `reader`: those that are answered; of the others all that is not needed to send
    them when their coordinator signs in again. */
export async function forgetOthers(reader = "") {
  const limit = Date.now() - KEEP_WAITING_MS;
  const transaction = (await open()).transaction(AWARDS, "readwrite");
  for (const award of await transaction.store.getAll()) {
    if (award.reader === reader) continue;
    if (!isOpen(award) || Date.parse(award.scanned_at) < limit) await transaction.store.delete(award.id);
    else await transaction.store.put(withoutNames(award));
  }
  await transaction.done;
}

function withoutNames(award) {
  const { outcome, request_id, transfer_id } = award.answer || {};
  return { ...award, label: "", ...(award.answer && { answer: { outcome, request_id, transfer_id } }) };
}
