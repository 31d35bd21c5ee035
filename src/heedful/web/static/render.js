// Words into nodes: a small, safe part of Markdown. Whatever is not in that part stays the text it is.

import { el } from './dom.js';

const ITEM = /^[ \t]{0,6}(?:(\d{1,3})[.)]|[-*•])[ \t]+(\S.*)$/;
const HEADING = /^#{1,6}[ \t]+(\S.*)$/;
const FENCE = /^```/;
const LINKED = ['https:', 'http:', 'mailto:', 'tel:'];
// In this order: code, bold, link, citation marker, bare address, mail address. Addresses are ASCII, so that a
// Korean particle right behind one is not taken for a part of it.
const INLINE = new RegExp(
  [
    '`([^`\\n]+)`',
    '\\*\\*(?=\\S)([^\\n]+?)\\*\\*',
    '\\[([^\\[\\]\\n]{1,300})\\]\\(([^\\s()]{1,2000})\\)',
    '\\[(\\d{1,3})\\]',
    '(https?:\\/\\/[A-Za-z0-9\\-._~:\\/?#@!$&*+,;=%()]+)',
    '([A-Za-z0-9._%+\\-]+@[A-Za-z0-9\\-]+(?:\\.[A-Za-z0-9\\-]+)+)',
  ].join('|'),
  'g',
);

const opened = []; // [what an address begins with, what is opened in its place]

/** From now on, open addresses that begin with a name of `places` at its value: the demo's shop has no site. */
export function openAt(places = {}) {
  opened.push(...Object.entries(places).map(([begin, place]) => [begin, new URL(place, location.href).href]));
}

/** The address to link to, or `null` for what no link may open (scripts, data, names before an `@`). */
export function safeAddress(text) {
  let address;
  try {
    address = new URL(String(text));
  } catch {
    return null;
  }
  if (!LINKED.includes(address.protocol) || address.username || address.password) return null;
  const place = opened.find(([begin]) => address.href.startsWith(begin));
  return place ? place[1] + address.href.slice(place[0].length) : address.href;
}

/** A link that opens in a window of its own and tells the page nothing; plain text when the address is not safe. */
export function link(label, address, attributes = {}) {
  const href = safeAddress(address);
  if (!href) return document.createTextNode(label);
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer', ...attributes }, label);
}

/** The host that an address opens, for showing; empty when it has none, or is opened at another place (`openAt`). */
export function hostOf(address) {
  const href = safeAddress(address);
  return href && !opened.some(([, place]) => href.startsWith(place)) ? new URL(href).host : '';
}

/**
 * The blocks of a text. `sources` are the citations known so far (`{n, title, url}`), which the markers `[n]` open;
 * `labelOf(source)` is what a screen reader says for one.
 */
export function blocks(text, sources = [], labelOf = (source) => source.title) {
  const cited = { sources: new Map(sources.map((source) => [source.n, source])), labelOf };
  const made = [];
  const lines = String(text).replace(/\r\n?/g, '\n').split('\n');
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim()) {
      at += 1;
    } else if (FENCE.test(lines[at])) {
      at = fenced(lines, at, made);
    } else if (ITEM.test(lines[at])) {
      at = list(lines, at, made, cited);
    } else if (HEADING.test(lines[at])) {
      made.push(el('p', { class: 'heading' }, inline(HEADING.exec(lines[at])[1], cited)));
      at += 1;
    } else {
      at = paragraph(lines, at, made, cited);
    }
  }
  return made;
}

function fenced(lines, start, made) {
  let end = start + 1;
  while (end < lines.length && !FENCE.test(lines[end])) end += 1;
  made.push(el('pre', {}, el('code', {}, lines.slice(start + 1, end).join('\n'))));
  return end + 1;
}

function list(lines, start, made, cited) {
  const counted = Boolean(ITEM.exec(lines[start])[1]);
  const items = el(counted ? 'ol' : 'ul');
  let at = start;
  for (let next = 1; at < lines.length; next += 1) {
    const found = ITEM.exec(lines[at] ?? '');
    if (!found || Boolean(found[1]) !== counted) break;
    const said = [found[2]];
    at += 1;
    while (at < lines.length && /^[ \t]+\S/.test(lines[at]) && !ITEM.test(lines[at])) said.push(lines[at++].trim());
    const number = Number(found[1]);
    items.append(el('li', { value: counted && number !== next ? number : null }, broken(said, cited)));
    if (counted) next = number;
    let after = at;
    while (after < lines.length && !lines[after].trim()) after += 1;
    if (ITEM.test(lines[after] ?? '')) at = after;
  }
  made.push(items);
  return at;
}

function paragraph(lines, start, made, cited) {
  let end = start + 1;
  while (end < lines.length && lines[end].trim() && ![ITEM, HEADING, FENCE].some((sign) => sign.test(lines[end]))) {
    end += 1;
  }
  made.push(el('p', {}, broken(lines.slice(start, end), cited)));
  return end;
}

function broken(lines, cited) {
  return lines.flatMap((line, position) => (position ? [el('br'), ...inline(line, cited)] : inline(line, cited)));
}

function inline(text, cited, depth = 0) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(INLINE)) {
    const node = piece(found, cited, depth);
    if (!node) continue;
    const before = text.slice(last, found.index);
    if (found[5]) tie(nodes, before, node.node);
    else nodes.push(before, node.node);
    last = found.index + node.length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== '');
}

/** Keep a chip on the line of the word before it. */
function tie(nodes, before, chip) {
  const word = /\S{0,24}\s*$/.exec(before)[0];
  const last = nodes.at(-1);
  if (word.trim()) nodes.push(before.slice(0, before.length - word.length), el('span', { class: 'tied' }, word, chip));
  else if (last?.className === 'tied') last.append(before, chip);
  else nodes.push(before, chip);
}

function piece(found, cited, depth) {
  const [whole, code, bold, label, address, number, bare, mail] = found;
  if (code) return { node: el('code', {}, code), length: whole.length };
  if (bold) return { node: el('strong', {}, depth < 2 ? inline(bold, cited, depth + 1) : bold), length: whole.length };
  if (label) return safeAddress(address) ? { node: link(honest(label, address), address), length: whole.length } : null;
  if (number) return { node: marker(Number(number), cited), length: whole.length };
  if (bare) {
    const shown = bare.replace(/[.,;:!?)*]+$/, '');
    return safeAddress(shown) ? { node: link(shown, shown), length: shown.length } : null;
  }
  return { node: link(mail, `mailto:${mail}`), length: mail.length };
}

/** A label that names another host than the link opens is not shown without the host it does open. */
function honest(label, address) {
  const claimed = /(?:https?:\/\/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i.exec(label);
  const host = hostOf(address);
  return claimed && host && claimed[1].toLowerCase() !== host.toLowerCase() ? `${label} (${host})` : label;
}

/** The chip for `[n]`; the brackets stay in the text, so that what is copied is what was written. */
function marker(n, { sources, labelOf }) {
  const source = sources.get(n);
  const words = [el('span', { class: 'bracket' }, '['), String(n), el('span', { class: 'bracket' }, ']')];
  const href = source && safeAddress(source.url);
  if (!href) return el('span', { class: 'cite' }, words);
  const attributes = { class: 'cite', href, target: '_blank', rel: 'noopener noreferrer' };
  return el('a', { ...attributes, title: source.title, 'aria-label': labelOf(source) }, words);
}
