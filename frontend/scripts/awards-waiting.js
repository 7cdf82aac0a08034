// Any page of whoever may award, opened while awards of his wait: they are sent, and once all are answered he is told so.
import * as queue from "../lib/award-queue.js";
import { isOpen } from "../lib/award-store.js";
import { toast } from "../lib/dom.js";

const { reader, awardsSent } = document.body.dataset;

queue.onChange(async (settled) => {
  if (settled && !(await queue.list()).some(isOpen)) toast(awardsSent, 12);
});
queue.start(reader);
