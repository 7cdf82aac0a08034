// The page of a round under way. It follows what companions do: loaded anew once a minute and whenever somebody comes
// back to it, but never under an open dialog. The captain's code is renewed before it runs out, as long as somebody looks.
import { get } from "../lib/api.js";
import { offerPhoto } from "../lib/companion.js";
import { find, say } from "../lib/dom.js";

const RETRY_MS = 4000;
const FOLLOW_MS = 60000;
const card = find("[data-captain-code]");
let timer;

function show(code, seconds) {
  const drawing = new DOMParser().parseFromString(code.svg, "image/svg+xml").documentElement;
  find("[data-qr]", card).replaceChildren(document.importNode(drawing, true));
  find("[data-typed-code]", card).textContent = code.typed;
  find("[data-note]", card).textContent = "";
  later(seconds * 1000);
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(renew, Math.max(500, milliseconds));
}

async function renew() {
  clearTimeout(timer);
  if (document.visibilityState === "hidden") return;
  try {
    const { body, date } = await get(card.dataset.source);
    show(body, (Date.parse(body.renew_at) - date) / 1000);
  } catch (error) {
    // The round is over, or somebody else signed in: the page as it is now says which.
    if (error.status) {
      location.reload();
      return;
    }
    find("[data-note]", card).textContent = say("stale");
    later(RETRY_MS);
  }
}

if (card) {
  document.addEventListener("visibilitychange", renew);
  window.addEventListener("online", renew);
  later(Number(card.dataset.seconds) * 1000);
}

function follow() {
  const looked = document.visibilityState === "visible" && navigator.onLine;
  // Nor under the hands of somebody who is filling in a form.
  if (looked && !document.querySelector("dialog[open], details[open] form")) location.reload();
}

const companion = document.querySelector("[data-companion]");
if (companion) offerPhoto(companion);

if (document.querySelector("[data-under-way]")) {
  setInterval(follow, FOLLOW_MS);
  document.addEventListener("visibilitychange", follow);
}
