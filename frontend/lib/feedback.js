// Three signals that differ to ear and hand: done, look, refused. And the voice, for accounts that wish it.

/** Tones in hertz, each with its seconds; vibration in milliseconds. */
const SIGNALS = {
  ok: { tones: [[660, 0.09], [990, 0.2]], shape: "sine", vibration: [120] },
  warn: { tones: [[520, 0.14], [0, 0.06], [520, 0.14]], shape: "triangle", vibration: [90, 80, 90] },
  refuse: { tones: [[240, 0.3], [180, 0.4]], shape: "square", vibration: [350, 100, 350] },
};
const VOLUME = 0.22;

let audio;

/** Browsers let a page sound only after a touch: call this on the first one. */
export function unlockSound() {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!audio && Context) audio = new Context();
  if (audio && audio.state === "suspended") audio.resume().catch(() => {});
}

/** Sound and vibrate for `tone`: "ok", "warn" or "refuse". */
export function signal(tone) {
  const { tones, shape, vibration } = SIGNALS[tone];
  if (navigator.vibrate && (!navigator.userActivation || navigator.userActivation.hasBeenActive)) {
    navigator.vibrate(vibration);
  }
  if (!audio || audio.state !== "running") return;
  let at = audio.currentTime;
  for (const [hertz, seconds] of tones) {
    if (hertz) play(hertz, seconds, shape, at);
    at += seconds;
  }
}

function play(hertz, seconds, shape, at) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = hertz;
  // Fading out, because a tone that is cut off clicks.
  gain.gain.setValueAtTime(shape === "square" ? VOLUME / 3 : VOLUME, at);
  gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}

/** Say it aloud in the page's language, if the reader's account asks for that (<body data-speak>). */
export function speak(text) {
  if (!("speechSynthesis" in window) || !document.body.hasAttribute("data-speak")) return;
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = document.documentElement.lang;
  utterance.rate = 0.95;
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
}
