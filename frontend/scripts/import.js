// A list of members while it is checked or runs: each question makes it go on for a moment and tells how far it is.
import { NoAnswer, get, post } from "../lib/api.js";
import { find, make, say, toast } from "../lib/dom.js";

const AGAIN_MS = 150;
const LATER_MS = 3000;
const MOST_SHOWN = 10;
const place = find("[data-import]");
const bar = find("progress", place);
const line = find("strong", bar.parentElement);
const [rows, good, leftOut] = place.querySelectorAll(".number-value");
const shown = find("[data-left-out]");
const list = find("ul", shown);
const digits = new Intl.NumberFormat(document.documentElement.lang);

function show(body) {
  const running = body.state === "running";
  const done = body.total - body.ready;
  line.textContent = running
    ? say("running", { done: digits.format(done), total: digits.format(body.total) })
    : say("reading", { percent: body.checked_percent });
  bar.value = running ? done : body.checked_percent;
  rows.textContent = digits.format(body.total);
  good.textContent = digits.format(running ? body.entered : body.ready);
  leftOut.textContent = digits.format(body.left_out);
}

async function showLeftOut(count) {
  if (list.children.length >= Math.min(count, MOST_SHOWN)) return;
  const { body } = await get(`${place.dataset.import}/rows?list=left_out&limit=${MOST_SHOWN}`);
  list.replaceChildren(
    ...body.items.map((row) =>
      make(
        "li",
        { class: "row" },
        make(
          "span",
          { class: "row-body" },
          make("span", { class: "row-title" }, say("row", { number: row.number, told: row.told || "—" })),
          make("span", { class: "row-note" }, row.detail || ""),
        ),
      ),
    ),
  );
  shown.hidden = !list.children.length;
}

async function goOn() {
  try {
    const { body } = await post(`${place.dataset.import}/work`, {});
    if (body.state !== place.dataset.state) {
      location.reload();
      return;
    }
    show(body);
    await showLeftOut(body.left_out);
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
