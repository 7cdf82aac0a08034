// What is next after a scan that was answered: the buttons of its result, by its outcome.
import { make, say } from "./dom.js";

const ONWARD = {
  order_held: (answer) => ({ label: say("to_payment"), main: true, at_once: true, href: `/pay/${answer.charge_id}` }),
  shop: (_answer, code) => ({ label: say("to_shop"), main: true, at_once: true, href: `/pay/plate/${code}` }),
  attended: (answer) => ({ label: say("to_activity"), href: `/activities/${answer.activity_number}` }),
  round: () => ({ label: say("to_round"), href: "/round" }),
  voucher: (answer, code) => ({
    label: say("hand_over"),
    main: true,
    run: () => send(answer.merchant_id ? `/counter/${answer.merchant_id}/hand-over` : "/desk/hand-over", { code }),
  }),
  voucher_own: (answer) => ({ label: say("to_voucher"), main: true, href: `/vouchers/${answer.redemption_id}` }),
};

/** The buttons for a scan of the queue with `again`, which scans the next code; again is the main one unless the outcome
    has something better. */
export function onward({ state, answer, code }, again) {
  const next = state === "accepted" && (ONWARD[answer.outcome] || (answer.round_id ? ONWARD.round : null));
  if (!next) return [{ ...again, main: true }];
  const action = next(answer, code);
  // Somebody stands at a counter and waits: the page on which he confirms comes by itself.
  if (action.at_once) location.assign(action.href);
  return action.main ? [action, again] : [{ ...again, main: true }, action];
}

/** Open a page by a form: what it needs must not stand in an address. */
function send(address, values) {
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (!meta) {
    // The page kept for use without network has no token: the counter's own page asks for the code again.
    location.assign(address);
    return;
  }
  const fields = Object.entries({ ...values, csrf_token: meta.content });
  const form = make(
    "form",
    { method: "post", action: address, hidden: true },
    ...fields.map(([name, value]) => make("input", { type: "hidden", name, value })),
  );
  document.body.append(form);
  form.submit();
}
