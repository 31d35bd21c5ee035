// Pieces that the leaves of “your data” are built from.

import { el } from './dom.js';

/** Where a refusal is told; it is spoken as soon as it stands there. */
export function troublePlace() {
  return el('div', { class: 'problem trouble', role: 'alert' });
}

/** Build anew what stands in `element`; the focus stays on the control of the same `data-key`, and what was open is open. */
export function rebuild(element, ...children) {
  const at = element.getRootNode().activeElement;
  const key = at && element.contains(at) ? at.dataset.key : null;
  const opened = new Set([...element.querySelectorAll('details[open][data-key]')].map((one) => one.dataset.key));
  element.replaceChildren(...children.flat().filter(Boolean));
  for (const one of element.querySelectorAll('details[data-key]')) one.open = opened.has(one.dataset.key);
  if (key) focusOn(element, key);
}

/** Put the focus on the control with this key, where there is one. */
export function focusOn(element, key) {
  element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** Put it there only when it is nowhere: what had it is gone. */
export function catchFocus(element, key) {
  const at = element.getRootNode().activeElement;
  if (!at || at === document.body || at.localName === 'dialog') focusOn(element, key);
}

/** A button of a leaf; `key` names it for the focus, `about` tells a screen reader what it is about where many say the same. */
export function button(kind, key, words, onclick, about = '') {
  return el('button', { class: kind, type: 'button', 'data-key': key, 'aria-label': about ? `${words}: ${about}` : null, onclick }, words);
}

/** Have the browser save `content` (a blob) as a file. */
export function save(content, name) {
  const address = URL.createObjectURL(content);
  const link = el('a', { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** JSON as a file that a person can also read. */
export function asFile(value) {
  return new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: 'application/json' });
}
