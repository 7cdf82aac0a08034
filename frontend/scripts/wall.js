/* The wall display: asks for itself again every few seconds, so that server and screen speak through one template.

   A screen that nobody is signed in at enrols once with a join code and gets a device's token, which stands behind the
   "#" of its address: /wall#TOKEN can be kept as its start page. Browsers never send that part; here it goes into the
   Authorization header. Rows that change their place are seen to move. */

import { find } from "../lib/dom.js";
import { post, Problem } from "../lib/api.js";

const wall = document.querySelector("main.wall");
const seconds = Number(wall.querySelector("[data-every]")?.dataset.every) || 10;
const token = decodeURIComponent(location.hash.slice(1));
const still = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE_MILLISECONDS = 900;
const PRESENCE_MILLISECONDS = 300000;

let serverAhead = 0;

function rowsByKey() {
  return new Map([...wall.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row]));
}

function places() {
  return new Map([...rowsByKey()].map(([key, row]) => [key, row.getBoundingClientRect()]));
}

function showMoves(before) {
  if (still.matches) return;
  for (const [key, row] of rowsByKey()) {
    const from = before.get(key);
    const to = row.getBoundingClientRect();
    if (!from) {
      row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: MOVE_MILLISECONDS });
    } else if (from.top !== to.top || from.left !== to.left) {
      row.animate(
        [{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: "none" }],
        { duration: MOVE_MILLISECONDS, easing: "cubic-bezier(0.3, 0, 0.2, 1)" },
      );
    }
  }
}

async function refresh() {
  const headers = { Accept: "text/html", ...(token && { Authorization: `Bearer ${token}` }) };
  try {
    const answer = await fetch(location.pathname + location.search, { headers, cache: "no-store" });
    // The screen was shut out: it must not go on showing what it may no longer read.
    if (token && answer.status === 401) return open("");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main.wall");
    if (!answer.ok || !fresh) throw new Error(`answered ${answer.status}`);
    const before = places();
    wall.replaceChildren(...fresh.childNodes);
    wall.removeAttribute("data-stale");
    setClock();
    showMoves(before);
  } catch {
    // The last board stays up; a mark tells that it is not of this minute.
    wall.setAttribute("data-stale", "");
  }
}

/* Reading writes nothing on the server, so a screen says by itself that it is there: the desk sees when it last was. */
function sayPresent() {
  fetch("/api/v1/devices/presence", { method: "POST", headers: { Authorization: `Bearer ${token}` } }).catch(() => {});
}

function open(newToken) {
  location.hash = newToken;
  location.reload();
}

async function enrol(event) {
  event.preventDefault();
  const form = event.target;
  const complaint = find("[data-complaint]", form);
  complaint.textContent = "";
  try {
    const { body } = await post("/api/v1/devices", { code: form.code.value, name: form.dataset.name });
    open(body.token);
  } catch (error) {
    complaint.textContent = error instanceof Problem ? `${error.detail} ${error.remedy}` : form.dataset.noAnswer;
  }
}

function setClock() {
  const now = wall.querySelector("[data-now]");
  if (now) serverAhead = Date.parse(now.dataset.now) - Date.now();
  tick();
}

function tick() {
  const clock = wall.querySelector("[data-now]");
  if (!clock) return;
  const { zone: timeZone } = clock.dataset;
  clock.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone,
  }).format(Date.now() + serverAhead);
}

async function keepFresh() {
  // Nothing is taken away under the fingers of somebody who types a join code. The next question waits for the last
  // answer, so that a slow line is not asked twice at once.
  if (token || !find("[data-enrol]", wall)) await refresh();
  setTimeout(keepFresh, seconds * 1000);
}

/* A link on the screen leads on with the same token. */
function keepToken(event) {
  const link = event.target.closest("a[data-keeps-token]");
  if (link && token) link.hash = location.hash;
}

wall.addEventListener("submit", enrol);
wall.addEventListener("click", keepToken);
setClock();
setInterval(tick, 1000);
setTimeout(keepFresh, token ? 0 : seconds * 1000);
if (token) {
  sayPresent();
  setInterval(sayPresent, PRESENCE_MILLISECONDS);
}
