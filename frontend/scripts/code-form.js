// A page whose camera reads a code into the page's own form: a voucher to hand over, a member who pays.
import { find } from "../lib/dom.js";
import { readInto } from "../lib/code-form.js";

const page = find("[data-code-form]");
readInto(page, page.dataset.kinds);
