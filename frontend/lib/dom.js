// Small helpers over the page. Sentences come from the page itself (<script type="application/json" data-words>),
// so that every word stays with the translations.

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => Array.from(root.querySelectorAll(selector));

let words;

/** The sentence `name` of this page, with %(key)s filled in. */
export function say(name, values = {}) {
  if (!words) {
    const holder = find("script[data-words]");
    words = holder ? JSON.parse(holder.textContent) : {};
  }
  return (words[name] || "").replace(/%\((\w+)\)s/g, (_, key) => (key in values ? String(values[key]) : "…"));
}

/** A new element: `make("p", {class: "muted"}, "text", child)`. Text is always text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** A copy of an icon that the page carries in <template data-icons>. */
export function icon(name) {
  const holder = find("template[data-icons]");
  const shape = holder && holder.content.querySelector(`[data-icon="${name}"] svg`);
  return shape ? document.importNode(shape, true) : null;
}

/** Say something in passing; screen readers hear it too. Returns the toast. */
export function toast(text, seconds = 6) {
  const area = find("[data-toasts]");
  const note = make("div", { class: "toast" }, text);
  if (area) {
    area.append(note);
    setTimeout(() => note.remove(), seconds * 1000);
  }
  return note;
}
