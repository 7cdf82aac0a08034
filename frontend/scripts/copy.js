// A text that is shown only once, put on the clipboard with one tap.
import { findAll, say, toast } from "../lib/dom.js";

/** The old way, for pages without https and for old phones. */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

findAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    let done;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      done = true;
    } catch (error) {
      done = copyBySelection(button.dataset.copy);
      button.focus();
    }
    toast(say(done ? "copied" : "not_copied"));
  });
});
