// The camera reads a code, the page's own form sends it. What is not ours is refused and never opened.
import { CodeError, readCode } from "./codes.js";
import { find, say } from "./dom.js";
import { signal } from "./feedback.js";
import { offerPhotos, openViewfinder } from "./viewfinder.js";

/** A code stays before the camera for seconds after it was dealt with, here or on the page before: that is no new scan. */
const SAME_CODE_PAUSE_MS = 6000;
/** The end of the last code, kept in the tab from page to page: enough to know it again, too little to be it. */
const LAST = "alliance.code-form";
const ending = (text) => text.replace(/[\s-]/g, "").slice(-6).toUpperCase();

/** Make `page` read codes of `kinds` ("V", or "PM") into the form that it holds. */
export function readInto(page, kinds) {
  const form = find("[data-typed]", page);
  const fault = find("[data-fault]", page);
  let last = { text: sessionStorage.getItem(LAST) || "", until: Date.now() + SAME_CODE_PAUSE_MS };

  const scanner = openViewfinder(page, (text) => {
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

  offerPhotos(page, find("[data-photo]", page), fault, read);
}
