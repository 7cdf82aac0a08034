// A charge while it waits, on the clerk's and on the member's screen: counts down, asks how it stands, says "paid".
import { NoAnswer, get } from "../lib/api.js";
import { find, say } from "../lib/dom.js";
import { signal, speak, unlockSound } from "../lib/feedback.js";

const ASK_MS = 700;
/** The counter is ready for the next customer by itself. */
const READY_MS = 2000;
const charge = find("[data-charge]");
const countdown = find("[data-countdown]", charge);
const line = find("[data-line]", charge);
/** By the phone's own running clock from the seconds that the server gave: the hour that it shows may be wrong. */
const due = performance.now() + Number(charge.dataset.seconds || 0) * 1000;
/** A paid page sounds once, not again when somebody comes back to it. */
const SOUNDED = `alliance.sounded.${location.pathname}`;

function tick() {
  const left = Math.ceil((due - performance.now()) / 1000);
  if (left <= 0) {
    // What became of it is the server's to say.
    location.reload();
    return;
  }
  countdown.textContent = say("left", { seconds: left });
  setTimeout(tick, 1000);
}

async function ask() {
  if (document.visibilityState === "visible") {
    try {
      const { body } = await get(charge.dataset.source);
      line.textContent = "";
      if (body.state !== charge.dataset.state) {
        if (body.state === "paid" && charge.dataset.then) location.replace(charge.dataset.then);
        else location.reload();
        return;
      }
    } catch (error) {
      if (!(error instanceof NoAnswer) && error.status < 500) {
        location.reload();
        return;
      }
      line.textContent = say("asking");
    }
  }
  setTimeout(ask, ASK_MS);
}

document.addEventListener("pointerdown", unlockSound);
if (charge.dataset.state === "paid") {
  if (!sessionStorage.getItem(SOUNDED)) {
    sessionStorage.setItem(SOUNDED, "1");
    signal("ok");
    speak(find(".paid-title", charge).textContent);
    // Ready for the next customer, unless somebody is about to take this one back.
    if (charge.dataset.back) {
      setTimeout(() => {
        const open = find("details.void", charge);
        if (!open || !open.open) location.assign(charge.dataset.back);
      }, READY_MS);
    }
  }
} else {
  tick();
  setTimeout(ask, ASK_MS);
}
