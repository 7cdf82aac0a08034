// A table of this browser in IndexedDB: it survives a reload, a closed page and a flat battery. Where the browser refuses
// it (private windows, storage switched off, a full disk) rows are kept in this page, and only as long as it is open:
// what can be sent now must not fail for that, and the pages say so.
import { openDB } from "idb";

export function keptIn(name, table) {
  let database;
  /** Rows that the browser would not keep, by id. */
  const loose = new Map();

  function open() {
    database =
      database ||
      openDB(name, 1, {
        upgrade(db) {
          db.createObjectStore(table, { keyPath: "id" });
        },
        blocking() {
          // Another tab deletes or upgrades the table; holding it open would block that tab for ever.
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

  return {
    /** Whether this browser keeps anything for us. */
    isThere: () =>
      useIfThere((db) => db.count(table), -1).then((number) => number >= 0),

    /** The rows that will be gone with this page. */
    loosely: () => [...loose.values()],

    async put(row) {
      try {
        await use((db) => db.put(table, row));
      } catch (error) {
        loose.set(row.id, { ...row });
      }
    },

    async all() {
      const stored = await useIfThere((db) => db.getAll(table), []);
      return [...stored, ...Array.from(loose.values(), (row) => ({ ...row }))];
    },

    async find(id) {
      const row = loose.get(id);
      return row ? { ...row } : useIfThere((db) => db.get(table, id));
    },

    /** Change one row without losing what another tab wrote meanwhile; `alter` may return false to remove it. Returns the
        row as it is now. */
    async change(id, alter) {
      const kept = loose.get(id);
      if (kept) {
        if (alter(kept) === false) loose.delete(id);
        return { ...kept };
      }
      return use(async (db) => {
        const transaction = db.transaction(table, "readwrite");
        const row = await transaction.store.get(id);
        if (row && alter(row) === false) await transaction.store.delete(id);
        else if (row) await transaction.store.put(row);
        await transaction.done;
        return row;
      });
    },

    /** Go through all rows: `judge` returns what stays of each, or false to remove it. */
    async sweep(judge) {
      for (const row of loose.values()) {
        const left = judge(row);
        if (left) loose.set(row.id, left);
        else loose.delete(row.id);
      }
      await useIfThere(async (db) => {
        const transaction = db.transaction(table, "readwrite");
        for (const row of await transaction.store.getAll()) {
          const left = judge(row);
          if (!left) await transaction.store.delete(row.id);
          else if (left !== row) await transaction.store.put(left);
        }
        await transaction.done;
      });
    },
  };
}

/** Ask before the page is left while `waiting()` says that something would be lost with it. */
export function askBeforeLeaving(waiting) {
  window.addEventListener("beforeunload", (event) => {
    if (waiting()) event.preventDefault();
  });
}
