// The scans of this phone that wait for an answer, and those answered lately, in IndexedDB: they survive a reload,
// a closed page and a flat battery. Where the browser refuses it (private windows, storage switched off, a full disk)
// they are kept in this page, and only as long as it is open: a scan that can be sent now must not fail for that.
import { openDB } from "idb";

const DATABASE = "alliance";
const SCANS = "scans";
/** Answered scans are shown for a day, then forgotten. */
const KEEP_ANSWERED_MS = 24 * 3600 * 1000;

let database;
/** Scans that the browser would not keep, by id. */
const loose = new Map();

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
      terminated() {
        database = null;
      },
    });
  return database;
}

/** Do `work` with the database. A connection that the browser has cut is opened once more. */
async function use(work) {
  try {
    return await work(await open());
  } catch (error) {
    database = null;
    return work(await open());
  }
}

/** As `use`, for what may as well be left undone: `otherwise` where the browser keeps nothing for us. */
const useIfThere = (work, otherwise) => use(work).catch(() => otherwise);

/** Whether scans wait that will be gone with this page. */
export const keepsLoosely = () => [...loose.values()].some((scan) => scan.state === "waiting");

export async function put(scan) {
  try {
    await use((db) => db.put(SCANS, scan));
  } catch (error) {
    loose.set(scan.id, { ...scan });
  }
}

/** All scans, oldest first. */
export async function all() {
  const stored = await useIfThere((db) => db.getAll(SCANS), []);
  const scans = [...stored, ...Array.from(loose.values(), (scan) => ({ ...scan }))];
  return scans.sort((one, other) => one.scanned_at.localeCompare(other.scanned_at));
}

export async function find(id) {
  const scan = loose.get(id);
  return scan ? { ...scan } : useIfThere((db) => db.get(SCANS, id));
}

/** Change one scan without losing what another tab wrote meanwhile. Returns the scan as it is now. */
export async function change(id, alter) {
  const kept = loose.get(id);
  if (kept) {
    alter(kept);
    return { ...kept };
  }
  return use(async (db) => {
    const transaction = db.transaction(SCANS, "readwrite");
    const scan = await transaction.store.get(id);
    if (scan) {
      alter(scan);
      await transaction.store.put(scan);
    }
    await transaction.done;
    return scan;
  });
}

/** Forget answered scans: those older than a day, or all of them. */
export async function forgetAnswered(everything = false) {
  const limit = Date.now() - KEEP_ANSWERED_MS;
  const past = (scan) => scan.state !== "waiting" && (everything || scan.answered_at < limit);
  for (const scan of loose.values()) if (past(scan)) loose.delete(scan.id);
  await useIfThere(async (db) => {
    const transaction = db.transaction(SCANS, "readwrite");
    for (const scan of await transaction.store.getAll()) if (past(scan)) await transaction.store.delete(scan.id);
    await transaction.done;
  });
}
