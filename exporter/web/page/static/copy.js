/** Puts text on the clipboard, also where the page came over plain http and the browser gives none. */

import { h, write } from "./dom.js";

/** A button that copies; it says whether it could. */
export function copyButton(label, read) {
  const words = h("span", {}, "Copy");
  const button = h("button", { type: "button", "aria-label": label, title: label, "data-action": "copy" }, words);
  button.addEventListener("click", async () => {
    write(words, (await copy(read(), button)) ? "Copied" : "Not allowed");
    setTimeout(() => write(words, "Copy"), 1500);
  });
  return button;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOld(text, button);
  }
}

/** Browsers give the clipboard only to secure pages; the older way works on all. */
function copyOld(text, button) {
  const field = h("textarea", { class: "hidden", readonly: true, "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  button.focus();
  return done;
}
