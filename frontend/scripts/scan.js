// The scan page: camera, photo, typed code; the queue below; the result in full screen. The same script runs on the
// page that is kept for use without network.
import { Scanner, readPhoto } from "../lib/camera.js";
import { CodeError, readCode } from "../lib/codes.js";
import { find, icon, make, say, toast } from "../lib/dom.js";
import { unlockSound } from "../lib/feedback.js";
import { onward } from "../lib/onward.js";
import * as queue from "../lib/queue.js";
import { showResult, wordsFor } from "../lib/results.js";
import { showQueue } from "../lib/waiting.js";

const page = find("[data-scan]");
const addresses = { decoder: page.dataset.decoder, wasm: page.dataset.wasm };
const video = find("video", page);
const message = find("[data-camera-message]", page);
const torch = find("[data-torch]", page);
/** A plate stays before the camera for seconds after its result is closed; that is not a second scan. */
const SAME_CODE_PAUSE_MS = 6000;

let last = { text: "", until: 0 };
/** The scan whose result is on the screen now. */
let shown = null;

const scanner = new Scanner(video, addresses, async (text) => {
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
  await scan(code.text);
  return true;
}

async function scan(code, extra = {}) {
  const kept = await queue.keep(code, extra);
  shown = kept.id;
  showResult({ tone: "wait", title: say("sending"), next: say("sending_next") }, [again(false)]);
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

function waitingWords() {
  if (queue.obstacle === "sign_in") return { tone: "warn", title: say("signed_out"), next: say("signed_out_next") };
  return { tone: "warn", title: say("kept"), next: say("kept_next") };
}

const again = (main) => ({ label: say("scan_next"), main, run: resume });

function resume() {
  shown = null;
  last.until = Date.now() + SAME_CODE_PAUSE_MS;
  scanner.paused = false;
}

// Escape closes the dialog like the button does.
find("[data-result]").addEventListener("close", resume);

/** Start the camera; when there is none, say why and what else works. */
async function startCamera() {
  message.hidden = false;
  message.replaceChildren(make("p", {}, say("camera_starting")));
  try {
    await scanner.start();
    message.hidden = true;
    torch.hidden = !scanner.hasTorch;
  } catch (error) {
    scanner.stop();
    const reason = { NotAllowedError: "camera_denied", SecurityError: "camera_insecure", NotFoundError: "camera_none" };
    const retry = make("button", { class: "button", type: "button" }, say("camera_retry"));
    retry.addEventListener("click", startCamera);
    message.replaceChildren(icon("camera"), make("p", {}, say(reason[error.name] || "camera_failed")), retry);
  }
}

torch.addEventListener("click", async () => {
  const on = torch.getAttribute("aria-pressed") !== "true";
  await scanner.setTorch(on).catch(() => {});
  torch.setAttribute("aria-pressed", String(on));
});

find("[data-photo]", page).addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const status = find("[data-photo-status]", page);
  status.textContent = say("photo_reading");
  const text = await readPhoto(file, addresses).catch(() => null);
  status.textContent = text === null ? say("photo_unreadable") : text ? "" : say("photo_none");
  if (text) await read(text);
});

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

document.addEventListener("pointerdown", unlockSound);
document.addEventListener("keydown", unlockSound);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") scanner.stop();
  else if (!scanner.running) startCamera();
});
window.addEventListener("pagehide", () => scanner.stop());

// A plate's address that was opened by WeChat or the phone's camera while there was no network.
const opened = /^\/q\/([0-9A-Za-z]{2,200})$/.exec(location.pathname);
if (page.hasAttribute("data-shell") && opened) {
  read(opened[1]);
  history.replaceState(null, "", "/scan");
}

showQueue(find("[data-queue]", page));
queue.start();
startCamera();

// The kept page needs the decoder without network too, so the worker keeps a copy.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.ready.then((ready) => ready.active.postMessage({ keep: Object.values(addresses) }));
}

