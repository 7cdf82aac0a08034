// A voucher on the member's screen: it counts its time down, and says by itself when it was handed over.
import { get } from "../lib/api.js";
import { find, say } from "../lib/dom.js";
import { signal, unlockSound } from "../lib/feedback.js";

const ASK_MS = 3000;
const MINUTE_MS = 60000;
const voucher = find("[data-voucher]");
const countdown = find("[data-countdown]", voucher);
/** By the phone's own running clock from the seconds that the server gave: the hour that the phone shows may be wrong. */
const due = performance.now() + Number(countdown.dataset.seconds) * 1000;

function amount(unit, value) {
  return value === 1 ? say(unit) : say(`${unit}s`, { num: value });
}

/** The time left in its two largest units, as the server writes it. */
function inWords(milliseconds) {
  const all = Math.floor(milliseconds / MINUTE_MS);
  const [days, hours, minutes] = [Math.floor(all / 1440), Math.floor(all / 60) % 24, all % 60];
  const parts = [];
  if (days) parts.push(amount("day", days));
  if (hours) parts.push(amount("hour", hours));
  if (minutes && !days) parts.push(amount("minute", minutes));
  return parts.join(" ") || say("soon");
}

function tick() {
  const left = due - performance.now();
  if (left <= 0) {
    location.reload();
    return;
  }
  const words = say("left", { time: inWords(left) });
  // Written only when it changes, so that nothing is read out every second.
  if (countdown.textContent !== words) countdown.textContent = words;
  setTimeout(tick, Math.min(left, 1000));
}

async function ask() {
  if (document.visibilityState === "visible" && navigator.onLine) {
    const answer = await get(voucher.dataset.source).catch(() => null);
    if (answer && answer.body.state !== "held") {
      if (answer.body.state === "used") signal("ok");
      location.reload();
      return;
    }
  }
  setTimeout(ask, ASK_MS);
}

document.addEventListener("pointerdown", unlockSound);
tick();
setTimeout(ask, ASK_MS);
