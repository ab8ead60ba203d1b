/** Where the reader is: "#/workflow/ns/name?a=b" and back. */

/** @typedef {{name: string, parts: string[], parameters: Record<string, string>}} Route */

/** @returns {Route} the empty path is the front */
export function here() {
  const [path, search = ""] = split(location.hash.replace(/^#\/?/, ""));
  const [name, ...parts] = path.split("/").map(decode);
  return { name: name || "front", parts, parameters: Object.fromEntries(new URLSearchParams(search)) };
}

function split(text) {
  const mark = text.indexOf("?");
  return mark < 0 ? [text] : [text.slice(0, mark), text.slice(mark + 1)];
}

/** A damaged escape is shown as it was written. */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view; empty parameters are left out. */
export function address(name, parts = [], parameters = {}) {
  const path = [name === "front" ? "" : name, ...parts].map(encodeURIComponent).join("/");
  const given = Object.entries(parameters).filter(([, value]) => value);
  return `#/${path}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** The address of one workflow. */
export function workflow(namespace, name) {
  return address("workflow", [namespace, name]);
}

/** Say in the address bar what is shown, without going there again. */
export function note(name, parameters) {
  history.replaceState(history.state, "", address(name, [], parameters));
}
