// What this browser keeps of ours, and how all of it is forgotten at sign-out.
import { forgetOthers } from "./award-store.js";
import { forgetAnswered } from "./store.js";

export const READER = "alliance.reader";
export const LAST_CODE = "alliance.last-code";
export const SENT_PREFIX = "alliance.sent.";

/** Keep who is signed in, for pages without network. */
export function rememberReader(reader) {
  try {
    localStorage.setItem(READER, reader);
  } catch (error) {
    // Storage may be switched off; then the kept page knows nobody.
  }
}

/** Who was signed in here last; "" when nobody, or when storage is switched off. */
export function lastReader() {
  try {
    return localStorage.getItem(READER) || "";
  } catch (error) {
    return "";
  }
}

/** Forget everything personal: the last code, who was signed in, answered scans and awards, kept numbers and kept pages.
    Scans and awards that still wait stay, marked with whose they are but without names: they are sent when he signs in
    again. */
export async function forgetEverything() {
  try {
    [LAST_CODE, READER].forEach((name) => localStorage.removeItem(name));
    Object.keys(sessionStorage)
      .filter((name) => name.startsWith(SENT_PREFIX))
      .forEach((name) => sessionStorage.removeItem(name));
  } catch (error) {
    // Storage may be switched off; then there is nothing to forget.
  }
  // One that fails must not keep the other.
  await Promise.allSettled([forgetAnswered(true), forgetOthers()]);
  if ("caches" in window) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("alliance-")).map((name) => caches.delete(name)));
  }
}
