// The scan page: camera, photo, typed code; the queue below; the result in full screen. The same script runs on the
// page that is kept for use without network.
import { refusesCards } from "../lib/awards-kept.js";
import { CodeError, readCode } from "../lib/codes.js";
import { find, say, toast } from "../lib/dom.js";
import { sendingNext, tellWhatIsKept, waitingWords } from "../lib/loose-words.js";
import { onward } from "../lib/onward.js";
import * as queue from "../lib/queue.js";
import { showResult, wordsFor } from "../lib/results.js";
import { decoderOf, offerPhotos, openViewfinder } from "../lib/viewfinder.js";
import { showQueue } from "../lib/waiting.js";

const page = find("[data-scan]");
/** A plate stays before the camera for seconds after its result is closed; that is not a second scan. */
const SAME_CODE_PAUSE_MS = 6000;

let last = { text: "", until: 0 };
/** The scan whose result is on the screen now. */
let shown = null;

const scanner = openViewfinder(page, async (text) => {
  if (text === last.text && Date.now() < last.until) {
    last.until = Date.now() + SAME_CODE_PAUSE_MS;
    return;
  }
  last = { text, until: Infinity };
  await read(text);
});

/** Check a text and scan it; anything that is not ours is refused here and never opened. Tells whether it was ours. */
async function read(text) {
  scanner.paused = true;
  let code;
  try {
    code = readCode(text, page.dataset.base);
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    showResult({ tone: "refuse", title: say(`code_${error.reason}`), next: say(`code_${error.reason}_next`) }, [again(true)]);
    return false;
  }
  if ("MP".includes(code.kind) && (await refusesCards())) {
    showResult({ tone: "refuse", title: say("no_cards"), next: say("no_cards_next") }, [again(true)]);
    return true;
  }
  await scan(code.text);
  return true;
}

async function scan(code, extra = {}) {
  const kept = await queue.keep(code, extra);
  shown = kept.id;
  showResult({ tone: "wait", title: say("sending"), next: sendingNext() }, [again(false)]);
  await present(await queue.scanNow(code, extra, kept.id));
}

/** Show how a scan ended: in full screen while the reader still waits for it, else in passing. */
async function present(scanned) {
  const words = wordsFor(scanned) || waitingWords();
  if (shown !== scanned.id) {
    toast([words.title, words.points ? `+${words.points}` : "", words.what].filter(Boolean).join(" "));
    return;
  }
  const choices = (words.choices || []).map((choice) => ({
    label: choice.label,
    run: () => scan(scanned.code, { route_id: choice.route_id, scanned_at: scanned.scanned_at }),
  }));
  const actions = onward(scanned, again(false));
  if (scanned.state === "waiting" && queue.obstacle === "sign_in") {
    actions.unshift({ label: say("sign_in"), main: true, href: "/sign-in?next=/scan" });
    actions[1].main = false;
  }
  showResult({ ...words, choices }, actions);
}

const again = (main) => ({ label: say("scan_next"), main, run: resume });

function resume() {
  shown = null;
  last.until = Date.now() + SAME_CODE_PAUSE_MS;
  scanner.paused = false;
}

// Escape closes the dialog like the button does.
find("[data-result]").addEventListener("close", resume);

offerPhotos(page, find("[data-photo]", page), find("[data-photo-status]", page), read);

find("[data-typed]", page).addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = find("input[name=code]", event.target);
  const text = input.value;
  if (find("[data-result]").open) return;
  if (!text.trim()) {
    input.focus();
    return;
  }
  // Emptied before it is sent: the second tap of a double tap must not scan the same code again.
  input.value = "";
  // Letters that are wrong come back, for it is mostly one of them.
  if (!(await read(text))) input.value = text;
});

// A plate's address that was opened by WeChat or the phone's camera while there was no network.
const opened = /^\/q\/([0-9A-Za-z]{2,200})$/.exec(location.pathname);
if (page.hasAttribute("data-shell") && opened) {
  read(opened[1]);
  history.replaceState(null, "", "/scan");
}

tellWhatIsKept(queue.isThere);
showQueue(find("[data-queue]", page));
queue.start();

// The kept page needs the decoder without network too, so the worker keeps a copy.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.ready.then((ready) => ready.active.postMessage({ keep: Object.values(decoderOf(page)) }));
}

