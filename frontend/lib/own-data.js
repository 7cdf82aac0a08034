// What this browser keeps of ours, and how all of it is forgotten at sign-out.

export const DATABASE = "alliance";
export const LAST_CODE = "alliance.last-code";
export const SENT_PREFIX = "alliance.sent.";

/** Forget everything personal: the last code, the queue's answered scans, kept keys, pages kept by the worker. */
export async function forgetEverything() {
  try {
    localStorage.removeItem(LAST_CODE);
    Object.keys(sessionStorage)
      .filter((name) => name.startsWith(SENT_PREFIX))
      .forEach((name) => sessionStorage.removeItem(name));
  } catch (error) {
    // Storage may be switched off; then there is nothing to forget.
  }
  if ("caches" in window) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("alliance-")).map((name) => caches.delete(name)));
  }
}
