// The counter: the pad types the amount, an offer takes its place, payments by the plate appear and sound by themselves.
import { get, post } from "../lib/api.js";
import { find, findAll } from "../lib/dom.js";
import { signal, speak, unlockSound } from "../lib/feedback.js";

const counter = find("[data-counter]");
const amount = find("[data-amount]", counter);
const pad = find("[data-keypad]", counter);
const paid = find("[data-paid]");
const offers = findAll("[data-offer]", counter);
const ASK_MS = 1500;
const SHOWN_MS = 2000;
const LONGEST = 6;
const seen = new Set(findAll("[data-charge]", counter).map((each) => each.dataset.charge));
let after = counter.dataset.feed;
/** Nobody saw this page for a while: what was paid meanwhile stays on it until somebody says that he has seen it. */
let away = false;

function type(text) {
  amount.value = text.replace(/^0+/, "").slice(0, LONGEST);
  offers.forEach((each) => (each.checked = false));
}

pad.hidden = false;
// The pad is the keyboard here; on a tablet the system's own would cover half of the page.
if (matchMedia("(pointer: coarse)").matches) amount.setAttribute("inputmode", "none");
pad.addEventListener("click", (event) => {
  const key = event.target.closest("button");
  if (!key) return;
  if (key.dataset.digit) type(amount.value + key.dataset.digit);
  else if (key.hasAttribute("data-clear")) type("");
  else type(amount.value.slice(0, -1));
});
amount.addEventListener("input", () => type(amount.value.replace(/[^0-9]/g, "")));
offers.forEach((each) => each.addEventListener("change", () => (amount.value = "")));

/** Payments by the plate, which nobody at the counter has started. */
async function listen() {
  if (document.visibilityState === "visible") {
    const answer = await get(`/api/v1/counter/feed?merchant_id=${counter.dataset.merchant}&after=${encodeURIComponent(after)}`).catch(() => null);
    if (answer) {
      after = answer.body.next || after;
      const fresh = answer.body.items.filter((each) => each.way === "plate" && !seen.has(each.id));
      fresh.forEach((each) => seen.add(each.id));
      if (fresh.length === 1 && !away) await announce(fresh[0]);
      else if (fresh.length) await renew().then(tell);
      away = false;
    }
  }
  setTimeout(listen, ASK_MS);
}

async function announce(charge) {
  find("[data-paid-points]", paid).textContent = String(charge.points);
  find("[data-paid-what]", paid).textContent = [charge.payer, charge.what].filter(Boolean).join(" · ");
  paid.showModal ? paid.showModal() : paid.setAttribute("open", "");
  signal("ok");
  speak(find(".result-title", paid).textContent);
  await see([charge.id]);
  await renew();
  setTimeout(() => (paid.close ? paid.close() : paid.removeAttribute("open")), SHOWN_MS);
}

/** What was paid while nobody looked: said once, on the page until somebody has seen it. */
function tell() {
  const words = find("[data-untold-words]");
  if (!words) return;
  signal("ok");
  speak(words.textContent);
}

/** The counter has seen these payments; if that does not get through they are told once more, which does no harm. */
const see = (ids) =>
  post("/api/v1/counter/untold/seen", { merchant_id: counter.dataset.merchant, charge_ids: ids }).catch(() => {});

/** Today's list anew, without touching what is being typed. */
async function renew() {
  const address = `/counter/${counter.dataset.merchant}`;
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  ["[data-untold]", "[data-today]"].forEach((part) => {
    const fresh = find(part, page);
    if (fresh) find(part).replaceWith(document.importNode(fresh, true));
  });
}

document.addEventListener("submit", async (event) => {
  if (!event.target.closest("[data-untold]")) return;
  event.preventDefault();
  await see(findAll("[name=charge_id]", event.target).map((each) => each.value));
  await renew();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") away = true;
});

document.addEventListener("pointerdown", unlockSound);
tell();
listen();
