/** Makes and keeps elements. What strangers wrote only ever enters as text: nothing here reads markup. */

/**
 * Make an element. Properties beginning with "on" listen, `style` is set name by name (the policy of the page
 * forbids style attributes), false, null and undefined are left out, everything else is an attribute.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...any} children nodes, strings, numbers; null and false are left out
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...present(children));
  return element;
}

/** Set one property, as `h` does. */
export function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, String(one));
  else if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** One of the drawings at the top of index.html. */
export function drawing(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "drawing");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  picture.append(use);
  return picture;
}

/** Write text only where it differs: an unchanged node costs no layout. */
export function write(element, text) {
  const words = String(text);
  if (element.textContent !== words) element.textContent = words;
}

/** The element with this id, which index.html always has. */
export function byId(name) {
  const element = document.getElementById(name);
  if (!element) throw new Error(`index.html has no #${name}`);
  return element;
}

/** Empty an element and put these in it. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== false && child !== undefined);
}

/**
 * Make the children of `parent` those of `items`, in order. A child lives as long as its key does, so that focus,
 * selection and scroll stay where they are.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(child: HTMLElement, item: T) => void} update called for new children also
 */
export function keep(parent, items, keyOf, make, update) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const held = focused && focused !== document.body && parent.contains(focused) ? focused : null;
  const place = held ? placeOf(parent, held) : 0;
  const old = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = /** @type {HTMLElement} */ (old.get(key));
    old.delete(key);
    if (!child) {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  for (const child of old.values()) child.remove();
  if (held) restore(parent, held, place);
}

function placeOf(parent, element) {
  return [...parent.children].findIndex((child) => child.contains(element));
}

/** Moving an element takes its focus away; if it went altogether, its neighbour gets it. */
function restore(parent, held, place) {
  if (document.activeElement === held) return;
  if (parent.contains(held)) return held.focus({ preventScroll: true });
  const neighbour = parent.children[Math.min(place, parent.children.length - 1)];
  neighbour?.querySelector("a, button")?.focus({ preventScroll: true });
}
