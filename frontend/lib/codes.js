// The grammar of our codes, the same as core/codes.py: what a camera saw is never opened, only read.

const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const KINDS = "CAMPSOVJL";
const LENGTHS = { C: 14, S: 14, J: 14, M: 20, O: 20, L: 20, V: 29, A: 28, P: 34 };
/** An activity code has a short form for typing, too. */
const TYPED_ACTIVITY = 8;
const CHANGING = "AP";
const BEARER = "MPOV";
const LONGEST = 200;
const NEAR_MISS = 2;

export class CodeError extends Error {
  /** @param {"too_long"|"foreign"|"malformed"|"mistyped"} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Read a scanned or typed text: {kind, text}. Throws CodeError; `base` is our own address. */
export function readCode(text, base) {
  if (text.length > LONGEST) throw new CodeError("too_long");
  const typed = withoutAddress(text.trim(), base)
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\s-]/g, "")
    // Only ASCII is put in capitals: elsewhere "ſ" would become a valid S.
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const kind = typed[0] === "0" ? "O" : typed[0];
  if (!kind || !KINDS.includes(kind) || !/^[0-9A-Z]+$/.test(typed)) throw new CodeError("malformed");
  const short = kind === "A" && typed.length <= TYPED_ACTIVITY + NEAR_MISS;
  const expected = short ? TYPED_ACTIVITY : LENGTHS[kind];
  if (Math.abs(typed.length - expected) > NEAR_MISS) throw new CodeError("malformed");
  const symbols = typed.slice(1);
  const known = Array.from(symbols).every((symbol) => ALPHABET.includes(symbol));
  if (typed.length !== expected || !known || !checkFits(kind, symbols)) throw new CodeError("mistyped");
  return { kind, text: kind + symbols };
}

/** Whether holding the code is worth something; such codes never go into an address. */
export const isBearer = (kind) => BEARER.includes(kind);

function withoutAddress(text, base) {
  const own = small(base.replace(/^https?:\/\//i, "").replace(/\/$/, ""));
  const bare = text.replace(/^https?:\/\//i, "");
  if (small(bare) === own || small(bare).startsWith(`${own}/`)) {
    const path = bare.slice(own.length);
    return /^\/q[/#]/i.test(path) ? path.slice(3) : "";
  }
  if (/[:/\\.@?#%&=]/.test(text)) throw new CodeError("foreign");
  return text;
}

/** In small letters, ASCII only: a Kelvin sign is not a k, and a host with one is not ours. */
const small = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Two check symbols over GF(31): both the sum of values and the sum of place × value are zero. */
function checkFits(kind, symbols) {
  if (CHANGING.includes(kind)) return true;
  const values = [KINDS.indexOf(kind), ...Array.from(symbols, (symbol) => ALPHABET.indexOf(symbol))].reverse();
  const sum = values.reduce((total, value) => total + value, 0);
  const weighted = values.reduce((total, value, place) => total + place * value, 0);
  return sum % 31 === 0 && weighted % 31 === 0;
}
