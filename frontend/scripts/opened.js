// /q/<code> and /q#<code>: a code that WeChat or the phone's own camera has opened. The scan happens once: a reload
// or the way back shows the same result again, because the page keeps the scan's id in the tab.
import { CodeError, isBearer, readCode } from "../lib/codes.js";
import { find, say } from "../lib/dom.js";
import { unlockSound } from "../lib/feedback.js";
import { newId } from "../lib/ids.js";
import { sendingNext, waitingWords } from "../lib/loose-words.js";
import { onward } from "../lib/onward.js";
import { SENT_PREFIX } from "../lib/own-data.js";
import * as queue from "../lib/queue.js";
import { showResult, wordsFor } from "../lib/results.js";

const page = find("[data-opened]");
/** A second opening of the same plate within this time is the same scan: some scanners open the address twice. */
const SAME_SCAN_MS = 20000;

function sentBefore(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) || "null");
  } catch (error) {
    return null;
  }
}

/** The id of the scan that this opening is; whether it was sent before; and whether it may be sent without a tap. */
function scanId(code) {
  const known = sentBefore(SENT_PREFIX + code);
  const [navigation] = performance.getEntriesByType("navigation");
  const arrived = !navigation || navigation.type === "navigate";
  if (known && (!arrived || Date.now() - known.at < SAME_SCAN_MS)) return { ...known, again: true, sends: true };
  // A tab that the browser has brought back after days is nobody who stands before the plate.
  return { id: newId(), at: Date.now(), sends: arrived };
}

/** Scan as this opening, and remember so: who opens a plate only to report something has sent nothing. */
function scanOpened(code, { id, at }) {
  try {
    sessionStorage.setItem(SENT_PREFIX + code, JSON.stringify({ id, at }));
  } catch (error) {
    // Without storage only a reload is no longer known as the same scan.
  }
  return scan(code, {}, id);
}

async function scan(code, extra = {}, id = undefined) {
  const kept = await queue.keep(code, extra, id);
  showResult({ tone: "wait", title: say("sending"), next: sendingNext() }, []);
  const scanned = await queue.scanNow(code, extra, kept.id);
  const words = wordsFor(scanned) || waitingWords();
  const choices = (words.choices || []).map((choice) => ({
    label: choice.label,
    run: () => scan(code, { route_id: choice.route_id, scanned_at: scanned.scanned_at }),
  }));
  const actions = onward(scanned, { label: say("scan_next"), href: "/scan" });
  if (queue.obstacle === "sign_in") actions.unshift({ label: say("sign_in"), href: "/sign-in?next=/scan" });
  actions.push({ label: say("to_home"), href: "/" });
  showResult({ ...words, choices }, actions);
}

/** The code of this page: given by the server, or in the fragment, which only the browser knows. */
function openedCode() {
  if (page.dataset.code) return page.dataset.code;
  const text = decodeURIComponent(location.hash.slice(1));
  // A code that is worth something must not stay in the address bar, the history and a screenshot.
  history.replaceState(null, "", location.pathname);
  return text;
}

document.addEventListener("pointerdown", unlockSound);

const text = openedCode();
if (text) {
  try {
    const code = readCode(text, page.dataset.base);
    if (!isBearer(code.kind) || page.hasAttribute("data-staff")) {
      const opening = scanId(code.text);
      const button = find("[data-scan-now]", page);
      if (button) {
        button.addEventListener("click", (event) => {
          event.preventDefault();
          scanOpened(code.text, opening);
        });
      }
      if (opening.sends && (page.hasAttribute("data-sends") || (opening.again && button))) scanOpened(code.text, opening);
    }
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    showResult({ tone: "refuse", title: say(`code_${error.reason}`), next: say(`code_${error.reason}_next`) }, [
      { label: say("scan_next"), main: true, href: "/scan" },
    ]);
  }
}
