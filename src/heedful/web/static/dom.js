// Makes elements. Text is always text: nothing here, or anywhere in these files, parses markup.

/**
 * An element with attributes and children.
 * A function as an attribute's value is a listener (`onclick`), `true` an empty attribute, `false`, `null` and
 * `undefined` none. Strings among the children become text; `null` and `false` are left out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  send: 'M4 12h14M12 5l7 7-7 7',
  stop: 'M7 7h10v10H7z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.9-5.5 7.5-5.5s6.700 1.900 7.500 5.500',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  done: 'M5 12.500l4.500 4.500L19 7.500',
  out: 'M14 5h5v5M19 5l-8 8M17 14v5H5V7h5',
  receipt: 'M6 3.500h12v17l-2-1.500-2 1.500-2-1.500-2 1.500-2-1.500-2 1.500zM9 8.500h6M9 12.500h6',
  talk: 'M4 5h16v11H10l-4.500 4v-4H4z',
  data: 'M5 4h14v16H5zM9 9h6M9 12.500h6M9 16h3',
  close: 'M6 6l12 12M18 6L6 18',
  retry: 'M19 12a7 7 0 1 1-2.050-4.950M19 4v4h-4',
  hidden: 'M4 4l16 16M9.900 5.700A9.600 9.600 0 0 1 12 5.500c5 0 8.500 4.500 9.500 6.500a15 15 0 0 1-3.100 3.900M6.200 7.600A15 15 0 0 0 2.500 12c1 2 4.500 6.500 9.500 6.500 1.500 0 2.900-.4 4.100-1',
};

/** A line icon of 24 units; it says nothing to a screen reader, so its button needs a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** Replace the children of `parent` by `wanted`, leaving those that are the same where they are. */
export function settle(parent, wanted) {
  wanted.forEach((node, position) => {
    const there = parent.childNodes[position];
    if (!there) parent.append(node);
    else if (!there.isEqualNode(node)) there.replaceWith(node);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

/** A style sheet of ours, for `adoptedStyleSheets`. Throws when it can't be loaded. */
export async function sheet(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded`);
  const made = new CSSStyleSheet();
  made.replaceSync(await response.text());
  return made;
}
