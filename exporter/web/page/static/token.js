/** The reader's bearer token, for an exporter that lets in only whom the API server knows. This tab alone keeps it. */

import { h } from "./dom.js";

const KEY = "informer-exporter.token";

/** The question to the reader while it is open: however many requests are refused, it is put once. */
let asking = null;
/** Whether the reader has said that there is none: until the page is opened anew the question is not put again. */
let declined = false;

/** The token that requests bring; empty for none. */
export function present() {
  return sessionStorage.getItem(KEY) ?? "";
}

/**
 * Ask for another token than this one, which was not accepted. Gives false when the reader has none.
 * @param {string} refused
 * @returns {Promise<boolean>}
 */
export async function another(refused) {
  if (present() !== refused) return true;
  if (declined) return false;
  asking ??= put(refused !== "").finally(() => (asking = null));
  return asking;
}

/** @param {boolean} again whether one was tried */
function put(again) {
  const field = h("input", { type: "password", id: "token", autocomplete: "off", spellcheck: "false", required: true });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "token-title", class: "token" },
    h("h2", { id: "token-title" }, "Who are you?"),
    h("p", {}, again ? "The API server does not know this token (any more)." : "This exporter shows what you may read."),
    h(
      "form",
      { method: "dialog", onsubmit: () => sessionStorage.setItem(KEY, field.value.trim().replace(/^Bearer +/i, "")) },
      h("label", { for: "token" }, "Bearer token, as ", h("code", {}, "kubectl create token"), " prints it"),
      field,
      h("button", { value: "given" }, "Show"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      declined = dialog.returnValue !== "given";
      resolve(!declined);
    });
  });
}
