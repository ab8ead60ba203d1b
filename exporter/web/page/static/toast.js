/** A sentence that goes by itself, for what need not be read twice. */

import { byId, write } from "./dom.js";

/** Milliseconds: long enough to read a sentence across a room. */
const LASTING = 6000;

let timer = 0;

/** Show a sentence for a few seconds; it is read out also. */
export function toast(words) {
  write(byId("toast"), words);
  clearTimeout(timer);
  timer = setTimeout(hideToast, LASTING);
}

/** Take it away now. */
export function hideToast() {
  write(byId("toast"), "");
}
