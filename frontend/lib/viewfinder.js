// The camera on a page as its reader meets it: starting, refused, light on, away while another app is in front, and
// sound from the first touch on. What a read text means is the page's own affair.
import { Scanner, readPhoto } from "./camera.js";
import { find, icon, make, say } from "./dom.js";
import { unlockSound } from "./feedback.js";

/** Name of the browser's refusal → our words for it. */
const REASONS = { NotAllowedError: "camera_denied", SecurityError: "camera_insecure", NotFoundError: "camera_none" };

/** Where the page says that its decoder lies. */
export const decoderOf = (page) => ({ decoder: page.dataset.decoder, wasm: page.dataset.wasm });

/** Start the camera of `page`, which hands every text it reads to `onText`. Returns its `Scanner`. */
export function openViewfinder(page, onText) {
  const message = find("[data-camera-message]", page);
  const torch = find("[data-torch]", page);
  const scanner = new Scanner(find("video", page), decoderOf(page), onText);

  /** When there is no camera, say why and what else works. */
  async function start() {
    message.hidden = false;
    message.replaceChildren(make("p", {}, say("camera_starting")));
    try {
      await scanner.start();
      message.hidden = true;
      torch.hidden = !scanner.hasTorch;
      torch.setAttribute("aria-pressed", "false");
    } catch (error) {
      scanner.stop();
      const retry = make("button", { class: "button", type: "button" }, say("camera_retry"));
      retry.addEventListener("click", start);
      message.replaceChildren(icon("camera"), make("p", {}, say(REASONS[error.name] || "camera_failed")), retry);
    }
  }

  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await scanner.setTorch(on).catch(() => {});
    torch.setAttribute("aria-pressed", String(on));
  });
  document.addEventListener("pointerdown", unlockSound);
  document.addEventListener("keydown", unlockSound);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") scanner.stop();
    else if (!scanner.running) start();
  });
  window.addEventListener("pagehide", () => scanner.stop());
  start();
  return scanner;
}

/** Let a photo be read instead: `input` takes the file, `status` tells what went wrong, `onText` gets the text. */
export function offerPhotos(page, input, status, onText) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    status.textContent = say("photo_reading");
    const text = await readPhoto(file, decoderOf(page)).catch(() => null);
    status.textContent = text === null ? say("photo_unreadable") : text ? "" : say("photo_none");
    if (text) await onText(text);
  });
}
