// A list of members while it runs: each question makes it go on for a moment and tells how far it is.
import { NoAnswer, post } from "../lib/api.js";
import { find, say, toast } from "../lib/dom.js";

const AGAIN_MS = 150;
const LATER_MS = 3000;
const place = find("[data-import]");
const bar = find("progress", place);
const line = find("strong", bar.parentElement);
const [, entered, leftOut] = place.querySelectorAll(".number-value");
const digits = new Intl.NumberFormat(document.documentElement.lang);

function show(body) {
  const done = body.total - body.ready;
  line.textContent = say("progress", { done: digits.format(done), total: digits.format(body.total) });
  bar.value = done;
  entered.textContent = digits.format(body.entered);
  leftOut.textContent = digits.format(body.left_out);
}

async function goOn() {
  try {
    const { body } = await post(place.dataset.import, {});
    if (body.state !== "running") {
      location.reload();
      return;
    }
    show(body);
    setTimeout(goOn, AGAIN_MS);
  } catch (error) {
    if (error instanceof NoAnswer || error.status >= 500 || error.status === 429) {
      toast(say("asking"), 2);
      setTimeout(goOn, LATER_MS);
    } else {
      location.reload();
    }
  }
}

setTimeout(goOn, AGAIN_MS);
