// The kept page, for use without network: the last code of this phone with its time, and how many awards wait. The rest
// is scan.js.
import { showAwards } from "../lib/awards-kept.js";
import { find, say } from "../lib/dom.js";
import { LAST_CODE } from "../lib/own-data.js";

const area = find("[data-last-code]");
const kept = localStorage.getItem(LAST_CODE);
if (kept) {
  const { svg, number, shown_at: shownAt } = JSON.parse(kept);
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  find("[data-qr]", area).replaceChildren(document.importNode(drawing, true));
  find("[data-number]", area).textContent = number;
  const time = new Date(shownAt).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  find("[data-last-code-time]", area).textContent = say("last_code_of", { time });
  area.hidden = false;
}

showAwards();

find("[data-again]").addEventListener("click", () => location.reload());
// Back on line: the real page takes over as soon as nobody is in the middle of something.
window.addEventListener("online", () => {
  find("[data-back-online]").hidden = false;
});
