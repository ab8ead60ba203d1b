/** A small line of the last minutes, for numbers whose course says more than their value. */

const POINTS = 120;
const FEWEST = 5;
const SVG = "http://www.w3.org/2000/svg";

/** Give the picture, and how to draw numbers in it, the newest at the right. */
export function spark() {
  const line = document.createElementNS(SVG, "path");
  const area = document.createElementNS(SVG, "path");
  area.setAttribute("class", "area");
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "spark");
  element.setAttribute("viewBox", `0 0 ${POINTS - 1} 20`);
  element.setAttribute("preserveAspectRatio", "none");
  element.setAttribute("aria-hidden", "true");
  element.append(area, line);
  return { element, show: (values) => draw(values, line, area) };
}

/** @param {number[]} values at most POINTS; a few are no course yet */
function draw(values, line, area) {
  if (values.length < FEWEST) return;
  const most = Math.max(1, ...values);
  const from = POINTS - values.length;
  const points = values.map((one, index) => `${from + index} ${(19 - (17 * one) / most).toFixed(1)}`);
  line.setAttribute("d", points.length ? `M${points.join("L")}` : "");
  area.setAttribute("d", points.length ? `M${from} 20L${points.join("L")}L${POINTS - 1} 20Z` : "");
}
