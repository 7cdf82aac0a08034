// The scans of this phone that wait for an answer, and those answered lately, in IndexedDB: they survive a reload,
// a closed page and a flat battery.
import { openDB } from "idb";

const DATABASE = "alliance";
const SCANS = "scans";
/** Answered scans are shown for a day, then forgotten. */
const KEEP_ANSWERED_MS = 24 * 3600 * 1000;

let database;

function open() {
  database =
    database ||
    openDB(DATABASE, 1, {
      upgrade(db) {
        db.createObjectStore(SCANS, { keyPath: "id" });
      },
      blocking() {
        // Another tab deletes or upgrades the store; holding it open would block that tab for ever.
        database.then((db) => db.close());
        database = null;
      },
    });
  return database;
}

export async function put(scan) {
  await (await open()).put(SCANS, scan);
}

/** All scans, oldest first. */
export async function all() {
  const scans = await (await open()).getAll(SCANS);
  return scans.sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

export async function find(id) {
  return (await open()).get(SCANS, id);
}

/** Change one scan without losing what another tab wrote meanwhile. Returns the scan as it is now. */
export async function change(id, alter) {
  const transaction = (await open()).transaction(SCANS, "readwrite");
  const scan = await transaction.store.get(id);
  if (scan) {
    alter(scan);
    await transaction.store.put(scan);
  }
  await transaction.done;
  return scan;
}

/** Forget answered scans: those older than a day, or all of them. */
export async function forgetAnswered(everything = false) {
  const limit = Date.now() - KEEP_ANSWERED_MS;
  const transaction = (await open()).transaction(SCANS, "readwrite");
  for (const scan of await transaction.store.getAll()) {
    if (scan.state !== "waiting" && (everything || scan.answered_at < limit)) await transaction.store.delete(scan.id);
  }
  await transaction.done;
}
