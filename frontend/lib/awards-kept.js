// The page kept for use without network, where a coordinator expected card after card or has awards that wait: it tells
// how many there are, scans no cards, and gives way to the real page as soon as there is network.
import { openOf } from "./award-store.js";
import { find, say } from "./dom.js";
import { lastReader } from "./own-data.js";

const LOOK_FOR_NETWORK_MS = 10 * 1000;
const KEPT = document.querySelector("[data-shell]") !== null;
const IN_PLACE_OF_AWARDS = KEPT && /^\/desk\/award(\/|$)/.test(location.pathname);

/** Whether a member's card read here would lack its deed: it must not be taken for a plain scan. */
export async function refusesCards() {
  return IN_PLACE_OF_AWARDS || (KEPT && (await openOf(lastReader())).length > 0);
}

/** Show how many awards wait, and wait for the network where the award page was meant. */
export async function showAwards() {
  const num = (await openOf(lastReader())).length;
  if (!num && !IN_PLACE_OF_AWARDS) return;
  find("[data-awards-kept]").textContent = say(num === 1 ? "one_award_waits" : num ? "awards_wait" : "no_award_waits", { num });
  find("[data-awards-area]").hidden = false;
  if (!IN_PLACE_OF_AWARDS) return;
  find("[data-scanning]").hidden = true;
  find("[data-back-online] a").href = location.pathname + location.search;
  window.addEventListener("online", giveWay);
  setInterval(giveWay, LOOK_FOR_NETWORK_MS);
}

/** Open the real page, unless somebody is in the middle of something; "online" often comes before the network does. */
async function giveWay() {
  if (!navigator.onLine || find("#code").value || find("[data-result]").open) return;
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer && answer.ok) location.reload();
}
