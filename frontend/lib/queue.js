// The queue: every scan is kept before it is sent, sent with the same id until it is answered, and answered once.
//
// A scan is {id, code, scanned_at, reader, state, tries, next_try_at, answer?, problem?, …extra}; state is "waiting",
// "accepted" or "refused". Several tabs may be open: a lock lets one of them send, and the server answers a repeat
// with the first answer anyway.
import { NoAnswer, Problem, post } from "./api.js";
import { deviceId, newId } from "./ids.js";
import { askBeforeLeaving } from "./kept.js";
import { lastReader, rememberReader } from "./own-data.js";
import * as store from "./store.js";

const ADDRESS = "/api/v1/scans";
const LOCK = "alliance-queue";
const FIRST_DELAY_MS = 2000;
const LONGEST_DELAY_MS = 5 * 60 * 1000;
const EXTRAS = ["route_id", "rule_code", "memo"];

const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;
if (channel) channel.onmessage = () => notify(false);

/** Why nothing is sent at the moment: "", "sign_in" or "offline". */
export let obstacle = "";
let timer;

/** Call `listener` whenever the queue has changed, here or in another tab. */
export function onChange(listener) {
  listeners.add(listener);
}

function notify(others = true) {
  listeners.forEach((listener) => listener());
  if (others && channel) channel.postMessage("changed");
}

/** Who is signed in on this page, so that nobody's scans are sent in another's name; kept for pages without network. */
export function reader() {
  const own = document.body.dataset.reader;
  if (own) rememberReader(own);
  return own || lastReader();
}

/** Keep a scan. `id` is given when the page has made one for this scan before. Returns the stored scan. */
export async function keep(code, extra = {}, id = newId()) {
  const known = await store.find(id);
  if (known) return known;
  const scan = {
    id,
    code,
    scanned_at: new Date().toISOString(),
    reader: reader(),
    state: "waiting",
    tries: 0,
    next_try_at: 0,
    ...extra,
  };
  await store.put(scan);
  notify();
  return scan;
}

/** Whether this browser keeps scans at all, and whether some wait that will be gone with this page. */
export const { isThere, keepsLoosely } = store;

export const mine = (scan) => !scan.reader || scan.reader === reader();

export async function list() {
  return (await store.all()).filter(mine);
}

export async function clearAnswered() {
  await store.forgetAnswered(true);
  notify();
}

/** Send what waits. `now` sends also what is still in its pause after a failure. Ends when nothing more can be sent. */
export async function flush(now = false) {
  await store.forgetAnswered();
  await alone(async () => {
    let ready = now;
    for (const scan of await list()) {
      if (scan.state !== "waiting" || (!ready && scan.next_try_at > Date.now())) continue;
      if (!(await send(scan))) break;
      // Where one scan got through, the pauses of the others have lost their reason.
      ready = true;
    }
  });
  await plan();
}

/** The phone says that it has network again, which is often a second too early: begin with short pauses anew. */
async function backOnline() {
  for (const scan of await list()) {
    if (scan.state === "waiting") await store.change(scan.id, (stored) => Object.assign(stored, { tries: 0 }));
  }
  await flush(true);
}

/** With Web Locks one tab sends at a time; phones without them rely on the server knowing each scan's id. */
function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

/** Try one scan. Returns whether it makes sense to go on with the next. */
async function send(scan) {
  const fresh = await store.find(scan.id);
  if (!fresh || fresh.state !== "waiting") return true;
  try {
    const { body } = await post(ADDRESS, content(fresh));
    await settle(scan.id, { state: "accepted", answer: body });
    obstacle = "";
    return true;
  } catch (error) {
    return failed(scan.id, error);
  }
}

function content(scan) {
  const extras = EXTRAS.filter((name) => scan[name]).map((name) => [name, scan[name]]);
  return {
    scan_id: scan.id,
    code: scan.code,
    scanned_at: scan.scanned_at,
    sent_at: new Date().toISOString(),
    device: deviceId(),
    ...Object.fromEntries(extras),
  };
}

async function failed(id, error) {
  if (error instanceof Problem && error.status === 401) {
    obstacle = "sign_in";
    notify();
    return false;
  }
  const passing = error instanceof NoAnswer || (error instanceof Problem && isPassing(error));
  if (!passing && !(error instanceof Problem)) throw error;
  if (!passing) {
    obstacle = "";
    await settle(id, { state: "refused", problem: plain(error) });
    return true;
  }
  obstacle = "offline";
  await store.change(id, (scan) => {
    scan.tries += 1;
    scan.next_try_at = Date.now() + pause(scan.tries, error.retryAfter);
  });
  notify();
  return false;
}

/** Faults that a later try may not meet: too many at once, time-outs, the service itself, a form that ran out, a phone
 * that stands at a shop's counter until its member takes it back. */
const isPassing = (problem) =>
  problem.status >= 500 || [408, 425, 429].includes(problem.status) || ["form_expired", "counter_kept"].includes(problem.code);

/** Twice as long after every failure, never at the same moment as all other phones. */
function pause(tries, retryAfterSeconds) {
  const own = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tries - 1, 10));
  return Math.max(own * (0.5 + Math.random() / 2), (retryAfterSeconds || 0) * 1000);
}

const plain = ({ status, code, detail, remedy, contact, data }) => ({ status, code, detail, remedy, contact, data });

async function settle(id, result) {
  await store.change(id, (scan) => Object.assign(scan, result, { answered_at: Date.now() }));
  notify();
}

/** Come back when the next pause is over. */
async function plan() {
  clearTimeout(timer);
  const next = (await list()).filter((scan) => scan.state === "waiting").map((scan) => scan.next_try_at);
  if (!next.length || obstacle === "sign_in") return;
  timer = setTimeout(() => flush(), Math.max(1000, Math.min(...next) - Date.now()));
}

/** Send now, and again whenever the network comes back or the page is looked at. */
export function start() {
  askBeforeLeaving(keepsLoosely);
  window.addEventListener("online", backOnline);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  return flush(true);
}

/** Keep a scan and send it. Resolves to the scan, answered or (without network) still waiting. */
export async function scanNow(code, extra, id) {
  const scan = await keep(code, extra, id);
  if (scan.state === "waiting") {
    await alone(() => send(scan));
    await plan();
  }
  return store.find(scan.id);
}
