// A hand scanner on a cable is a keyboard: it types the code as fast as no hand does, ends it with Enter, and does not
// care where the page's focus stands. What it types belongs into the field marked `data-scanner`, and nowhere else.
import { find } from "./dom.js";

/** Longest time from key to key on average: scanners take up to 50 ms, practised hands 100 and more. */
const QUICK_MS = 80;
/** After a pause something else begins. */
const PAUSE_MS = 1000;
/** Fewest signs of a code; below that it may be a hand after all. */
const SHORTEST = 8;

const WRITTEN_INTO = "input:not([type=radio]):not([type=checkbox]):not([type=button]):not([type=submit]), textarea";

/** Call `onText` with what a hand scanner types anywhere on the page; what its keys did on the way is undone. */
export function listenToScanner(onText) {
  let text = "";
  let first = 0;
  let last = 0;
  let before = [];

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return reset();
      if (event.timeStamp - last > PAUSE_MS) reset();
      last = event.timeStamp;
      const quick = last - first < QUICK_MS * text.length;
      if (event.key === "Enter" && quick && text.length >= SHORTEST) {
        event.preventDefault();
        event.stopImmediatePropagation();
        putBack(before);
        onText(text);
        return reset();
      }
      if (event.key === "Shift") return;
      if (event.key.length !== 1) return reset();
      if (!text) {
        first = last;
        before = stateAround(event.target);
      }
      text += event.key;
      // Outside of fields keys are orders: a select jumps, Firefox searches the page at a stroke.
      if (quick && text.length > 2 && !event.target.matches(WRITTEN_INTO)) event.preventDefault();
    },
    true,
  );

  function reset() {
    text = "";
    before = [];
  }
}

/** What stands in the controls that the keys may change: those of the form, for one of them may empty another. */
const stateAround = (target) =>
  Array.from(target.form ? target.form.elements : [target])
    .filter((each) => "value" in each && each.type !== "file")
    .map((each) => ({ control: each, value: each.value, checked: each.checked }));

function putBack(states) {
  states.forEach(({ control, value, checked }) => {
    const changed = control.value !== value;
    control.value = value;
    if (checked !== undefined) control.checked = checked;
    // Whoever listens has heard of the wrong choice.
    if (changed && control.matches("select")) control.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** Lead scanners into the page's own field for them, and on: to what `data-scanner` names, or to the form's sending. */
export function serveScanner(field) {
  listenToScanner((text) => {
    const onward = field.dataset.scanner && find(field.dataset.scanner);
    const resting = field.disabled;
    field.disabled = false;
    field.value = text;
    if (!onward) field.form.requestSubmit ? field.form.requestSubmit() : field.form.submit();
    else if (onward.matches("button")) onward.click();
    else onward.focus();
    // It is sent by now. Whoever comes back to the page must not send the code once more with something else.
    if (resting) {
      field.disabled = true;
      field.value = "";
    }
  });
}
