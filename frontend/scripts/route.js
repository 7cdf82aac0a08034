// The form of a route: a search over the points, and a button that gives a point the next place. Without script the
// numbers are typed and the areas unfolded by hand.
import { find, findAll, say } from "../lib/dom.js";

const list = find("[data-route-points]");

function boxes() {
  return findAll("input[name^=place-]", list);
}

function nextPlace() {
  return 1 + Math.max(0, ...boxes().map((box) => Number(box.value) || 0));
}

/** A point on the route needs no button any more. */
function mark(point) {
  point.toggleAttribute("data-chosen", Boolean(find("input", point).value.trim()));
}

/** What is looked through: number, name and place of a point, and the area that it stands in. */
function words(point) {
  const area = point.closest("details");
  return `${find(".row-body", point).textContent} ${area ? find("summary span", area).textContent : ""}`.toLowerCase();
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  findAll(".route-point", list).forEach((point) => {
    point.hidden = Boolean(wanted) && !words(point).includes(wanted);
  });
  findAll("details", list).forEach((area) => {
    const some = Boolean(find(".route-point:not([hidden])", area));
    area.hidden = !some;
    if (wanted) area.open = some;
  });
}

if (list) {
  const field = find("[data-search]", list);
  field.hidden = false;
  find("input", field).addEventListener("input", (event) => search(event.target.value));
  // Enter searches; it must not save a route that is half made.
  find("input", field).addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  findAll(".route-point", list).forEach((point) => {
    const box = find("input", point);
    const button = document.importNode(find("template", list).content.firstElementChild, true);
    button.setAttribute("aria-label", say("next_point", { point: find(".row-title", point).textContent }));
    point.append(button);
    button.addEventListener("click", () => {
      if (!box.value.trim()) box.value = nextPlace();
      mark(point);
      box.focus();
    });
    box.addEventListener("input", () => mark(point));
    mark(point);
  });
}
