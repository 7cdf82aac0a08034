// The member's own code: renewed before it runs out, shown in full screen on a tap, and still there without network.
import { get } from "../lib/api.js";
import { find, say } from "../lib/dom.js";
import { LAST_CODE } from "../lib/own-data.js";

const pass = find("[data-pass]");
const picture = find("[data-qr]", pass);
const ring = find("[data-ring]", pass);
const note = find("[data-pass-note]", pass);
const large = document.getElementById("full-screen-code");
const RETRY_MS = 5000;
/** Who looks at this page or touches it stands at a counter, mostly: asked often at first, then ever less. */
const PACES = [
  { until: 45000, every: 1500 },
  { until: 300000, every: 4000 },
  { until: Infinity, every: 10000 },
];

/** Since when the code has been held out: the page was opened, came into view or was touched. */
let heldOut = Date.now();

/** When the next code is due and how long one lives, on the phone's own clock. */
let due = 0;
let span = 30000;
let timer;

function show(code, seconds) {
  const drawing = new DOMParser().parseFromString(code.svg, "image/svg+xml").documentElement;
  picture.replaceChildren(document.importNode(drawing, true));
  enlarge();
  span = Math.max(1000, seconds * 1000);
  due = Date.now() + span;
  pass.classList.remove("pass-stale");
  note.textContent = say("fresh");
  remember(code);
}

/** The same picture in full screen: the page comes with one, for it should be light. */
function enlarge() {
  find("[data-qr]", large).replaceChildren(picture.firstElementChild.cloneNode(true));
}

/** For the page without network: the picture, the number and the time; gone at sign-out. */
function remember(code) {
  try {
    const kept = { svg: code.svg, number: pass.dataset.number, shown_at: Date.now() };
    localStorage.setItem(LAST_CODE, JSON.stringify(kept));
  } catch (error) {
    // Without storage there is only no code without network.
  }
}

async function renew() {
  clearTimeout(timer);
  if (document.visibilityState === "hidden") return;
  try {
    const { body, date } = await get(pass.dataset.source);
    show(body, (Date.parse(body.renew_at || body.valid_until) - date) / 1000);
    timer = setTimeout(renew, span);
  } catch (error) {
    if (error.status === 401) {
      location.reload();
      return;
    }
    stale();
    timer = setTimeout(renew, RETRY_MS);
  }
}

function stale() {
  pass.classList.add("pass-stale");
  note.textContent = say("stale", { time: clock(due - span) });
}

const clock = (at) =>
  new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

/** A shop that has read the code: the page of the payment comes by itself. */
async function watchPayments() {
  if (document.visibilityState === "visible") {
    const answer = await get("/api/v1/me/charges?limit=1").catch((error) => ({ wait: error.retryAfter }));
    const [newest] = answer.body ? answer.body.items : [];
    if (newest && newest.id !== pass.dataset.newest) {
      location.assign(`/pay/${newest.id}?now=1`);
      return;
    }
    if (answer.wait) {
      setTimeout(watchPayments, answer.wait * 1000);
      return;
    }
  }
  const since = Date.now() - heldOut;
  setTimeout(watchPayments, PACES.find((pace) => since < pace.until).every);
}

function tick() {
  const left = Math.max(0, Math.min(1, (due - Date.now()) / span));
  ring.setAttribute("stroke-dashoffset", String(100 - 100 * left));
}

if (pass) {
  find("[data-enlarge]", pass).addEventListener("click", () => {
    large.showModal ? large.showModal() : large.setAttribute("open", "");
    if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(() => {});
  });
  large.addEventListener("click", () => (large.close ? large.close() : large.removeAttribute("open")));
  document.addEventListener("visibilitychange", () => {
    heldOut = Date.now();
    if (document.visibilityState === "visible" && Date.now() > due) renew();
  });
  document.addEventListener("pointerdown", () => (heldOut = Date.now()));
  window.addEventListener("online", renew);
  setInterval(tick, 1000);
  // The page came with a code; renew it when that is due.
  span = Math.max(1000, Number(pass.dataset.seconds) * 1000 || 1000);
  due = Date.now() + span;
  remember({ svg: picture.innerHTML });
  enlarge();
  tick();
  timer = setTimeout(renew, span);
  if (pass.hasAttribute("data-newest")) setTimeout(watchPayments, PACES[0].every);
}
