// The camera reads a code, the page's own form sends it. What is not ours is refused and never opened.
import { Scanner, readPhoto } from "./camera.js";
import { CodeError, readCode } from "./codes.js";
import { find, icon, make, say } from "./dom.js";
import { signal, unlockSound } from "./feedback.js";

/** A code stays before the camera for seconds after it was dealt with, here or on the page before: that is no new scan. */
const SAME_CODE_PAUSE_MS = 6000;
/** The end of the last code, kept in the tab from page to page: enough to know it again, too little to be it. */
const LAST = "alliance.code-form";
const ending = (text) => text.replace(/[\s-]/g, "").slice(-6).toUpperCase();

/** Make `page` read codes of `kinds` ("V", or "PM") into the form that it holds. */
export function readInto(page, kinds) {
  const addresses = { decoder: page.dataset.decoder, wasm: page.dataset.wasm };
  const form = find("[data-typed]", page);
  const fault = find("[data-fault]", page);
  const message = find("[data-camera-message]", page);
  const torch = find("[data-torch]", page);
  let last = { text: sessionStorage.getItem(LAST) || "", until: Date.now() + SAME_CODE_PAUSE_MS };

  const scanner = new Scanner(find("video", page), addresses, (text) => {
    const known = ending(text) === last.text && Date.now() < last.until;
    last = { text: ending(text), until: Date.now() + SAME_CODE_PAUSE_MS };
    if (!known) read(text);
  });

  /** Check a text; a wanted code goes to the server by the form, anything else is told here. */
  function read(text) {
    try {
      const code = readCode(text, page.dataset.base);
      if (!kinds.includes(code.kind)) return refuse(say("wrong_kind"));
      scanner.paused = true;
      signal("ok");
      sessionStorage.setItem(LAST, ending(code.text));
      find("input[name=code]", form).value = code.text;
      form.requestSubmit ? form.requestSubmit() : form.submit();
    } catch (error) {
      if (!(error instanceof CodeError)) throw error;
      refuse(`${say(`code_${error.reason}`)} ${say(`code_${error.reason}_next`)}`);
    }
  }

  function refuse(text) {
    signal("refuse");
    fault.textContent = text;
  }

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
    fault.textContent = say("photo_reading");
    const text = await readPhoto(file, addresses).catch(() => null);
    fault.textContent = text === null ? say("photo_unreadable") : text ? "" : say("photo_none");
    if (text) read(text);
  });

  document.addEventListener("pointerdown", unlockSound);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") scanner.stop();
    else if (!scanner.running) startCamera();
  });
  window.addEventListener("pagehide", () => scanner.stop());
  startCamera();
}
