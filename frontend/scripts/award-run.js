// One deed, card after card: the camera reads, each card is a line at once, each line can be undone for half a minute.
import { get } from "../lib/api.js";
import * as queue from "../lib/award-queue.js";
import { CodeError, readCode } from "../lib/codes.js";
import { find, icon, make, say } from "../lib/dom.js";
import { signal, speak } from "../lib/feedback.js";
import { tellWhatIsKept } from "../lib/loose-words.js";
import { openViewfinder } from "../lib/viewfinder.js";

const page = find("[data-award-run]");
const deed = find("#rule_code", page);
const fault = find("[data-fault]", page);
const question = find("[data-ask]", page);
const lines = find("[data-lines]", page);
const UNDO_MS = 30 * 1000;
/** A card stays before the camera for seconds after it was read; that is not said again and again. */
const SAME_CODE_PAUSE_MS = 4000;
const LAST_DEED = "alliance.award-run.deed";
const ending = (text) => text.slice(-6);
const chosen = () => deed.options[deed.selectedIndex];

/** End of a code → until when it is not looked at again. */
const seen = new Map();

openViewfinder(page, (text) => {
  const known = (seen.get(text) || 0) > Date.now();
  seen.set(text, Date.now() + SAME_CODE_PAUSE_MS);
  return known ? null : read(text);
});

/** A scanned or typed code: a member's becomes an award, anything else is told. Returns whether it was a code. */
async function read(text) {
  let code;
  try {
    code = readCode(text, page.dataset.base);
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    refuse(say(`code_${error.reason}`));
    return;
  }
  if (!"MP".includes(code.kind)) return refuse(say("wrong_kind"));
  await award({ code: code.text, label: say("card", { end: ending(code.text) }) }, (each) => each.code && ending(each.code) === ending(code.text));
}

/** Put an award on the list; when the same one stands there, ask first: a card is easily read twice. */
async function award(wish, same) {
  fault.textContent = "";
  question.replaceChildren();
  const option = chosen();
  if (!option || !option.value) return refuse(say("pick_deed"));
  const stands = (await queue.list()).find((each) => same(each) && each.rule_code === option.value && !each.undo_key && ["waiting", "accepted"].includes(each.state));
  if (stands) {
    signal("warn");
    return ask(say("twice", { name: nameOf(stands) }), () => give(wish, option));
  }
  await give(wish, option);
}

const give = (wish, option) =>
  queue.add({
    ...wish,
    rule_code: option.value,
    rule_name: option.dataset.name,
    points: Number(option.dataset.points),
    memo: find("#memo", page).value.trim(),
    undo_reason: say("undo_reason"),
  });

/** Only a tap says yes: the next card simply goes on. */
function ask(text, yes) {
  const button = make("button", { class: "button button-wide", type: "button", "data-again": "" }, icon("plus"), say("again"));
  button.addEventListener("click", () => {
    question.replaceChildren();
    yes();
  });
  question.replaceChildren(make("p", { class: "tone-warn" }, text), button);
}

function refuse(text) {
  signal("refuse");
  fault.textContent = text;
}

// --- The list --------------------------------------------------------------------------------------------------------

const nameOf = (each) => (each.answer && each.answer.member_name) || each.label;

function noteOf(each) {
  if (each.state === "undone") return say("undone");
  if (each.problem) return [each.problem.detail, each.problem.remedy].filter(Boolean).join(" ");
  if (queue.undoing(each) || (each.undo_key && each.state === "waiting")) return say("undoing");
  if (each.state === "waiting") return queue.obstacle ? say(queue.keepsLoosely() ? "waits_loosely" : "waits") : say("sending");
  const { squad_name: squad, outcome } = each.answer;
  return [squad, each.rule_name, outcome === "requested" ? say("requested") : ""].filter(Boolean).join(" · ");
}

function toneOf(each) {
  if (each.state === "waiting" || each.state === "undone" || queue.undoing(each)) return "wait";
  if (each.state === "refused" || each.problem) return "refuse";
  return each.answer.outcome === "requested" ? "warn" : "ok";
}

const ICONS = { ok: "check", warn: "alert", refuse: "cross", wait: "clock" };
/** What waits for the network may be taken out for as long as it waits, what is booked for half a minute. */
const undoable = (each) =>
  !each.undo_key && (each.state === "waiting" || (each.state === "accepted" && Date.now() - Date.parse(each.scanned_at) < UNDO_MS));

function line(each) {
  const tone = toneOf(each);
  const button = undoable(each)
    ? make("button", { class: "button", type: "button", "data-undo": each.id, "aria-label": say("undo_of", { name: nameOf(each) }) }, icon("undo"), say("undo"))
    : null;
  if (button) button.addEventListener("click", () => queue.undo(each.id));
  const points = tone === "ok" ? make("span", { class: "row-value tone-ok" }, `+${each.answer.points}`) : null;
  return make(
    "li",
    { class: `row queue-${tone}`, "data-state": each.state, "data-id": each.id },
    icon(each.state === "undone" ? "undo" : ICONS[tone]),
    make("span", { class: "row-body" }, make("span", { class: "row-title" }, nameOf(each)), make("span", { class: "row-note" }, noteOf(each))),
    points,
    button,
  );
}

let drawing = Promise.resolve();
/** One drawing after the other: the list is read anew each time, and an older one must not come last. */
function draw() {
  drawing = drawing.then(drawNow);
  return drawing;
}

async function drawNow() {
  const awards = await queue.list();
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.undo : "";
  lines.replaceChildren(...awards.slice().reverse().map(line));
  if (focused) (find(`[data-undo="${focused}"]`, lines) || lines).focus?.();
  const given = awards.filter((each) => toneOf(each) === "ok");
  const waiting = awards.filter((each) => each.state === "waiting").length;
  const refused = awards.filter((each) => each.state === "refused").length;
  const summary = [
    awards.length ? say("summary", { awards: given.length, points: given.reduce((sum, each) => sum + each.answer.points, 0) }) : say("nobody"),
    waiting && queue.obstacle ? say("some_wait", { num: waiting }) : "",
    refused ? say("some_refused", { num: refused }) : "",
  ];
  find("[data-summary]", page).textContent = summary.filter(Boolean).join(" · ");
  find("[data-send]", page).hidden = !waiting;
  find("[data-clear]", page).hidden = awards.length === waiting;
  const note = find("[data-note]", page);
  note.replaceChildren();
  if (queue.obstacle === "sign_in") {
    note.append(say(queue.keepsLoosely() ? "loose_signed_out" : "signed_out"), " ", make("a", { href: "/sign-in?next=/desk/award/run" }, say("sign_in")));
  }
}

queue.onChange((settled) => {
  if (settled && settled.state !== "undone") {
    const tone = toneOf(settled);
    if (tone !== "wait") signal(tone);
    const told = tone === "ok" ? [nameOf(settled), settled.answer.squad_name, `+${settled.answer.points}`] : [nameOf(settled), noteOf(settled)];
    const last = find("[data-last]", page);
    last.className = `run-last tone-${tone}`;
    last.textContent = told.filter(Boolean).join(" · ");
    speak([nameOf(settled), tone === "ok" ? `+${settled.answer.points}` : noteOf(settled)].join("。"));
  }
  draw();
});

// The half minute ends without anything else happening.
setInterval(() => {
  const ended = Array.from(lines.querySelectorAll("[data-undo]"));
  if (ended.length) draw();
}, 5000);

// --- Search ----------------------------------------------------------------------------------------------------------

find("[data-search]", page).addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = find("#who", page);
  const offered = find("[data-offered]", page);
  const text = input.value.trim();
  offered.replaceChildren();
  fault.textContent = "";
  if (!text) return input.focus();
  if (isCode(text)) {
    input.value = "";
    return read(text);
  }
  const found = await get(`/api/v1/members?limit=10&search=${encodeURIComponent(text)}`).catch(() => null);
  if (!found) return refuse(say("search_offline"));
  const people = found.body.items;
  if (!people.length) return refuse(say("nobody_fits"));
  offered.replaceChildren(...people.map((person) => offer(person, () => offered.replaceChildren())));
  find("button", offered).focus();
});

function isCode(text) {
  try {
    return "MP".includes(readCode(text, page.dataset.base).kind);
  } catch (error) {
    return false;
  }
}

function offer(person, close) {
  const note = [say("number", { number: person.number }), person.phone_end ? say("phone_end", { end: person.phone_end }) : ""];
  const button = make(
    "button",
    { class: "button button-wide", type: "button", "data-member": person.id },
    icon("person"),
    `${person.name} · ${note.filter(Boolean).join(" · ")}`,
  );
  button.addEventListener("click", async () => {
    close();
    find("#who", page).value = "";
    find("#who", page).focus();
    await award({ member_id: person.id, label: person.name }, (each) => each.member_id === person.id);
  });
  return make("li", {}, button);
}

// --- The deed -------------------------------------------------------------------------------------------------

// A reload in the middle of a run goes on with the same deed.
if (!new URLSearchParams(location.search).has("rule")) {
  const last = sessionStorage.getItem(LAST_DEED);
  if (last && Array.from(deed.options).some((option) => option.value === last)) deed.value = last;
}
deed.addEventListener("change", () => {
  sessionStorage.setItem(LAST_DEED, deed.value);
  seen.clear();
});

find("[data-send]", page).addEventListener("click", () => queue.flush(true));
find("[data-clear]", page).addEventListener("click", () => queue.clearAnswered());

tellWhatIsKept(queue.isThere);
queue.start(page.dataset.reader).then(draw);
draw();
