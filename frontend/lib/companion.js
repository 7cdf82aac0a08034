// The form for somebody without a phone who walks along: a photo of the card fills in its code.
import { readPhoto } from "./camera.js";
import { CodeError, readCode } from "./codes.js";
import { find, say } from "./dom.js";

/** Let the form take a photo of the card. `base` is the address under which this page was opened. */
export function offerPhoto(form) {
  const rung = find("[data-photo-rung]", form);
  const status = find("[data-photo-status]", rung);
  rung.hidden = false;
  find("input[type=file]", rung).addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    status.textContent = say("photo_reading");
    const text = await readPhoto(file, { decoder: form.dataset.decoder, wasm: form.dataset.wasm }).catch(() => null);
    status.textContent = text === null ? say("photo_unreadable") : text ? "" : say("photo_none");
    if (text) find("input[name=card]", form).value = bare(text);
  });
}

/** The code alone, easier on the eyes than an address; what is not ours stays as it is and is refused by name. */
function bare(text) {
  try {
    return readCode(text, location.origin).text;
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    return text;
  }
}
