// Several photos for one form: taken or chosen, made small, shown, and each taken out again with one tap.
import { find, make, say } from "../lib/dom.js";
import { shrunk } from "../lib/shrink.js";

/** Whether this browser can put photos of our own making into a form. Without it the plain inputs do their work. */
const able = () => {
  try {
    return Boolean(window.createImageBitmap && new DataTransfer());
  } catch (error) {
    return false;
  }
};

/** Takes over the inputs inside `area`; returns a function that says how many photos there are. */
export function keepPhotos(area) {
  const inputs = Array.from(area.querySelectorAll("input[type=file]"));
  const list = find("[data-photos-kept]", area);
  const status = find("[data-photos-status]", area);
  const most = Number(area.dataset.most);
  const kept = [];
  if (!able()) return () => inputs.reduce((sum, input) => sum + input.files.length, 0);
  const sent = inputs[inputs.length - 1];

  function show() {
    list.replaceChildren(
      ...kept.map((each, index) => {
        const remove = make("button", { class: "button", type: "button" }, say("photo_remove"));
        remove.setAttribute("aria-label", say("photo_remove_one", { number: index + 1 }));
        remove.addEventListener("click", () => {
          URL.revokeObjectURL(each.address);
          kept.splice(index, 1);
          status.textContent = say("photo_removed");
          show();
        });
        return make(
          "li",
          {},
          make("img", { src: each.address, alt: say("photo_one", { number: index + 1 }) }),
          remove,
        );
      }),
    );
    list.hidden = !kept.length;
    const holder = new DataTransfer();
    kept.forEach((each, index) => holder.items.add(new File([each.blob], `photo-${index + 1}.jpg`, { type: "image/jpeg" })));
    inputs.forEach((input) => {
      input.value = "";
    });
    sent.files = holder.files;
    area.classList.toggle("photos-full", kept.length >= most);
  }

  async function take(files) {
    status.textContent = say("photo_working");
    let told = "";
    for (const file of files) {
      if (kept.length >= most) {
        told = say("photo_most", { most });
        break;
      }
      try {
        const blob = await shrunk(file);
        kept.push({ blob, address: URL.createObjectURL(blob) });
      } catch (error) {
        told = say("photo_unreadable");
      }
    }
    show();
    status.textContent = told || say("photo_count", { count: kept.length });
  }

  inputs.forEach((input) => input.addEventListener("change", () => take(Array.from(input.files))));
  return () => kept.length;
}
