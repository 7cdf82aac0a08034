// The list of scans that wait and of those just answered: "3 kept, sent when the network is back".
import { find, icon, make, say } from "./dom.js";
import { waitingWords } from "./loose-words.js";
import * as queue from "./queue.js";
import { MARKS, wordsFor } from "./results.js";

/** Keep `area` showing the queue. It carries [data-queue-title], [data-queue-note], [data-queue-list], [data-queue-clear]. */
export function showQueue(area) {
  const render = async () => draw(area, await queue.list());
  queue.onChange(render);
  find("[data-queue-clear]", area).addEventListener("click", queue.clearAnswered);
  find("[data-queue-send]", area).addEventListener("click", () => queue.flush(true));
  return render();
}

function draw(area, scans) {
  const waiting = scans.filter((scan) => scan.state === "waiting");
  area.hidden = !scans.length;
  find("[data-queue-title]", area).textContent = waiting.length
    ? say((queue.keepsLoosely() ? "loose_" : "") + (waiting.length === 1 ? "one_waits" : "some_wait"), { num: waiting.length })
    : say("all_sent");
  const banner = find("[data-queue-banner]");
  if (banner) {
    banner.hidden = !waiting.length;
    find("[data-queue-banner-text]", banner).textContent = find("[data-queue-title]", area).textContent;
  }
  const note = find("[data-queue-note]", area);
  note.replaceChildren();
  if (waiting.length && queue.obstacle === "sign_in") {
    note.append(waitingWords().next, " ", make("a", { href: "/sign-in?next=/scan" }, say("sign_in")));
  } else if (queue.keepsLoosely()) {
    note.append(waitingWords().next);
  }
  find("[data-queue-send]", area).hidden = !waiting.length;
  find("[data-queue-clear]", area).hidden = scans.length === waiting.length;
  find("[data-queue-list]", area).replaceChildren(...scans.slice().reverse().map(line));
}

function line(scan) {
  const words = wordsFor(scan);
  const time = new Date(scan.scanned_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  // A mild refusal is amber here as it is in full screen: nobody did anything wrong.
  const tone = words ? words.tone : "wait";
  return make(
    "li",
    { class: `row queue-${tone}`, "data-state": scan.state },
    icon(tone === "wait" ? "clock" : MARKS[tone]),
    make(
      "span",
      { class: "row-body" },
      make("span", { class: "row-title" }, words ? words.title : say("waits")),
      make("span", { class: "row-note" }, [time, words ? [words.what, words.next].filter(Boolean).join(" · ") : shortened(scan.code)].filter(Boolean).join(" · ")),
    ),
    words && words.points ? make("span", { class: "row-value tone-ok" }, `+${words.points}`) : null,
  );
}

/** Enough of a code to tell two plates apart, too little to use it. */
const shortened = (code) => `${code.slice(0, 4)}…`;
