// Awards of one run at the desk: each is kept before it is sent, sent under the same key until it is answered, and
// counted once by the server. An award can be undone: taken out while it was never sent, else taken back.
//
// An award is {id, code | member_id, rule_code, rule_name, memo, label, points, scanned_at, reader, state, tries,
// next_try_at, undo_key?, answer?, problem?}; state is "waiting", "accepted", "refused" or "undone".
import { NoAnswer, Problem, post } from "./api.js";
import * as store from "./award-store.js";
import { change, isOpen, undoing } from "./award-store.js";
import { deviceId, newId } from "./ids.js";
import { askBeforeLeaving } from "./kept.js";
import { rememberReader } from "./own-data.js";

const LOCK = "alliance-awards";
const FIRST_DELAY_MS = 2000;
const LONGEST_DELAY_MS = 60 * 1000;
/** Answered awards of an earlier day are not shown any more. */
const KEEP_ANSWERED_MS = 12 * 3600 * 1000;

const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;
if (channel) channel.onmessage = () => notify(null, false);

/** Why nothing is sent at the moment: "", "sign_in" or "offline". */
export let obstacle = "";
let timer;
/** As long as nobody answers, only the oldest award is tried: of the later ones nobody can have heard. */
let silentUntil = 0;
let owner = "";

/** Call `listener(settled)` whenever something has changed; `settled` is the award that was just answered, or null. */
export function onChange(listener) {
  listeners.add(listener);
}

function notify(settled = null, others = true) {
  listeners.forEach((listener) => listener(settled));
  if (others && channel) channel.postMessage("changed");
}

/** The awards of whoever is signed in here, oldest first. */
export const list = () => store.listOf(owner);

/** Keep an award, then send it. Resolves when it is kept. */
export async function add(wish) {
  const award = {
    id: newId(),
    memo: "",
    label: "",
    scanned_at: new Date().toISOString(),
    reader: owner,
    state: "waiting",
    tries: 0,
    next_try_at: 0,
    ...wish,
  };
  await store.put(award);
  notify();
  flush(true);
  return award;
}

/** Undo: take it out when nobody can have heard of it, else have it taken back as soon as it was answered. */
export async function undo(id) {
  await change(id, (award) => {
    if (award.state === "waiting" && !award.tries) return false;
    if (award.state === "waiting" || award.state === "accepted") award.undo_key = award.undo_key || newId();
    return true;
  });
  notify();
  await flush(true);
}

export async function clearAnswered(everything = true) {
  const limit = Date.now() - KEEP_ANSWERED_MS;
  for (const award of await list()) {
    if (award.state !== "waiting" && (everything || award.answered_at < limit) && !undoing(award)) await change(award.id, () => false);
  }
  notify();
}

export { undoing };
export const { isThere, keepsLoosely } = store;

/** With Web Locks one tab sends at a time; the server knows each key anyway. */
const alone = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

/** Send what waits, one after the other. `now` also what is still in its pause after a failure. */
export async function flush(now = false) {
  if (!now && Date.now() < silentUntil) return plan();
  await alone(async () => {
    let ready = now;
    for (const award of (await list()).filter(isOpen)) {
      if (!ready && award.next_try_at > Date.now()) continue;
      if (!(await send(award.id))) break;
      ready = true;
    }
  });
  await plan();
}

/** Try one award, or its undoing. Returns whether it makes sense to go on with the next. */
async function send(id) {
  // Counted before it leaves: from now on somebody may have heard of it, even when the page is closed meanwhile.
  const award = await change(id, (stored) => {
    stored.tries += 1;
  });
  if (!award || !isOpen(award)) return true;
  try {
    if (award.state === "waiting") {
      const { body } = await post(...wishOf(award));
      await settle(id, { state: "accepted", answer: body });
    }
    const known = await store.find(id);
    if (known && undoing(known)) {
      await post(...undoOf(known));
      await settle(id, { state: "undone" });
    }
    obstacle = "";
    silentUntil = 0;
    return true;
  } catch (error) {
    return failed(award, error);
  }
}

function wishOf({ id, code, member_id, rule_code, memo, scanned_at }) {
  if (member_id) return ["/api/v1/awards", { key: id, member_id, rule_code, memo }];
  const sent_at = new Date().toISOString();
  return ["/api/v1/scans", { scan_id: id, code, rule_code, memo, scanned_at, sent_at, device: deviceId() }];
}

function undoOf({ undo_key: key, answer, undo_reason: reason }) {
  if (answer.outcome === "requested") return [`/api/v1/awards/requests/${answer.request_id}/cancellation`, { key }];
  return [`/api/v1/awards/${answer.transfer_id}/withdrawal`, { key, reason }];
}

async function failed(award, error) {
  if (error instanceof Problem && error.status === 401) {
    obstacle = "sign_in";
    notify();
    return false;
  }
  if (!(error instanceof Problem) && !(error instanceof NoAnswer)) throw error;
  if (error instanceof Problem && !isPassing(error)) {
    obstacle = "";
    const { code, detail, remedy } = error;
    const now = await store.find(award.id);
    const state = now && now.state === "accepted" ? "accepted" : "refused";
    await settle(award.id, { state, problem: { code, detail, remedy } });
    return true;
  }
  obstacle = "offline";
  await change(award.id, (stored) => {
    stored.next_try_at = Date.now() + pause(stored.tries, error.retryAfter);
    silentUntil = error instanceof NoAnswer ? stored.next_try_at : 0;
  });
  notify();
  return false;
}

const isPassing = (problem) =>
  problem.status >= 500 || [408, 425, 429].includes(problem.status) || problem.code === "form_expired";

const pause = (tries, retryAfterSeconds) =>
  Math.max(
    Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tries - 1, 6)) * (0.5 + Math.random() / 2),
    (retryAfterSeconds || 0) * 1000,
  );

async function settle(id, result) {
  const award = await change(id, (stored) => {
    Object.assign(stored, result, { answered_at: Date.now() });
    // The code was needed to send it; kept any longer it would only be something to steal.
    if (stored.code) stored.code = `…${stored.code.slice(-6)}`;
  });
  notify(award);
}

/** Come back when the next pause is over. */
async function plan() {
  clearTimeout(timer);
  const next = (await list()).filter(isOpen).map((award) => award.next_try_at);
  if (!next.length || obstacle === "sign_in") return;
  timer = setTimeout(() => flush(), Math.max(1000, Math.max(silentUntil, Math.min(...next)) - Date.now()));
}

/** Begin for whoever reads this page; send now, and again whenever the network comes back or the page is looked at. */
export async function start(reader) {
  owner = reader;
  // The page kept for use without network tells him how many awards wait.
  rememberReader(reader);
  // Whoever used this tablet before may have gone without signing out.
  await store.forgetOthers(reader);
  askBeforeLeaving(store.keepsLoosely);
  window.addEventListener("online", () => flush(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  await clearAnswered(false);
  return flush(true);
}
