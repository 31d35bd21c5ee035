// The words of the interface: one JSON per language under strings/, the same keys in each.

const LANGUAGES = ['en', 'ko'];

/** The language there are words in that comes nearest to `wanted`: `ko-KR` gives `ko`, anything unknown `en`. */
export function known(wanted) {
  const short = String(wanted || '').slice(0, 2).toLowerCase();
  return LANGUAGES.includes(short) ? short : 'en';
}

/**
 * Load a language's words; the result is `t(key, values)`, which gives the key itself where there are no words.
 * `rooms` are the folders under strings/ whose words are wanted besides those that every surface shares.
 */
export async function load(language, base = '', ...rooms) {
  const tables = await Promise.all(['', ...rooms.map((room) => `${room}/`)].map((room) => table(`${base}/static/strings/${room}${known(language)}.json`)));
  return teller(Object.assign({}, ...tables), known(language));
}

async function table(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} could not be loaded`);
  return response.json();
}

/** `t(key, values)` over a table of words; `t.has(key)` tells whether there are any, `t.language` which they are in. */
export function teller(words, language) {
  const t = (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  t.has = (key) => Object.hasOwn(words, key);
  t.language = language;
  t.named = (group, name) => (t.has(`${group}.${name}`) ? t(`${group}.${name}`) : String(name).replaceAll('_', ' '));
  return t;
}

/** The text that fits the language, from `{en: …, ko: …}` or from plain text. */
export function inLanguage(text, language) {
  return text && typeof text === 'object' ? (text[language] ?? text.en ?? Object.values(text)[0] ?? '') : (text ?? '');
}

/** Put words into every element of `root` that names its key in `data-t` (text), `data-t-label` or `data-t-hint`. */
export function fill(root, t, values = {}) {
  for (const element of root.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t, values);
  for (const element of root.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', t(element.dataset.tLabel, values));
  }
  for (const element of root.querySelectorAll('[data-t-hint]')) {
    element.setAttribute('placeholder', t(element.dataset.tHint, values));
  }
}

/** The day of a time as the service writes it, in words of the language; what is no time stays as it is. */
export function day(t, at) {
  return inWords(at, (date) => date.toLocaleDateString(t.language, { dateStyle: 'medium' }));
}

/** The day and the time of day. */
export function moment(t, at, timeStyle = 'medium') {
  return inWords(at, (date) => date.toLocaleString(t.language, { dateStyle: 'medium', timeStyle }));
}

function inWords(at, told) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at ?? '') : told(date);
}
