/** Numbers and times in few letters. */

const WHOLE = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const NOTHING = "–";

/** 12345 → "12,345"; null → "–". */
export function count(number) {
  return number === null || number === undefined ? NOTHING : WHOLE.format(number);
}

/** 12345 → "12.3K", for places that cannot grow. */
export function short(number) {
  if (number === null || number === undefined) return NOTHING;
  return Math.abs(number) < 10_000 ? WHOLE.format(number) : SHORT.format(number);
}

/** As `short`, of what is no whole number: 1249.33 → "1,249", below 10 with one decimal: 2.25 → "2.3". */
export function roughly(number) {
  if (number === null || number === undefined) return NOTHING;
  return short(Math.abs(number) < 9.95 ? Math.round(number * 10) / 10 : Math.round(number));
}

/** 1234567 bytes → "1.2 MB". */
export function bytes(number) {
  if (number === null || number === undefined) return NOTHING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = number;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** Events per second. */
export function rate(number) {
  if (number === null || number === undefined) return NOTHING;
  return `${roughly(number)}/s`;
}

/** A length of time in seconds → at most two units: "42 s", "3 m 12 s", "2 h 5 m", "3 d 4 h". */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(whole, 60, "m", 1, "s");
  if (whole < 86_400) return two(whole, 3600, "h", 60, "m");
  return two(whole, 86_400, "d", 3600, "h");
}

function two(seconds, big, bigName, small, smallName) {
  const rest = Math.floor((seconds % big) / small);
  return rest ? `${Math.floor(seconds / big)} ${bigName} ${rest} ${smallName}` : `${Math.floor(seconds / big)} ${bigName}`;
}

/** Epoch seconds → the reader's own clock: "14:03:22". */
export function clockTime(at) {
  return new Date(at * 1000).toLocaleTimeString("en-GB");
}

/** Epoch seconds → date and time in the reader's own zone, for titles. */
export function fullTime(at) {
  return new Date(at * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}

/** A part of a whole → "12 %"; "<1 %" for what would vanish. */
export function percent(part, whole) {
  if (!whole) return NOTHING;
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return "<1 %";
  return `${share > 99 && share < 100 ? 99 : Math.round(share)} %`;
}

/** 1 → "1 workflow", 2 → "2 workflows". */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
