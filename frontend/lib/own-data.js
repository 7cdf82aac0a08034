// What this browser keeps of ours, and how all of it is forgotten at sign-out.
import { forgetAnswered } from "./store.js";

export const READER = "alliance.reader";
export const LAST_CODE = "alliance.last-code";
export const SENT_PREFIX = "alliance.sent.";

/** Forget everything personal: the last code, who was signed in, answered scans, kept numbers and kept pages.
    Scans that still wait stay, marked with whose they are: they are sent when he signs in again. */
export async function forgetEverything() {
  try {
    [LAST_CODE, READER].forEach((name) => localStorage.removeItem(name));
    Object.keys(sessionStorage)
      .filter((name) => name.startsWith(SENT_PREFIX))
      .forEach((name) => sessionStorage.removeItem(name));
  } catch (error) {
    // Storage may be switched off; then there is nothing to forget.
  }
  await forgetAnswered(true);
  if ("caches" in window) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("alliance-")).map((name) => caches.delete(name)));
  }
}
