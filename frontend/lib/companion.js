// The form for somebody without a phone who walks along: a photo of the card fills in its code.
import { CodeError, readCode } from "./codes.js";
import { find } from "./dom.js";
import { offerPhotos } from "./viewfinder.js";

/** Let the form take a photo of the card. `base` is the address under which this page was opened. */
export function offerPhoto(form) {
  const rung = find("[data-photo-rung]", form);
  rung.hidden = false;
  offerPhotos(form, find("input[type=file]", rung), find("[data-photo-status]", rung), (text) => {
    find("input[name=card]", form).value = bare(text);
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
