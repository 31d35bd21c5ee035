// “Your data”: what is held about the customer who is signed in, and what they may do with it. Loaded at its first use.

import { Problem } from './chat-core.js';
import { el, icon, sheet } from './dom.js';
import { load } from './strings.js';
import { choices } from './your-data-choices.js';
import { facts } from './your-data-facts.js';
import { troublePlace } from './your-data-pieces.js';
import { receipts } from './your-data-receipts.js';
import { rights } from './your-data-rights.js';

const LEAVES = { choices, facts, receipts, rights };
let looks = null;
const SPOKEN = ['unreachable', 'rate_limited', 'unverified', 'legal_hold', 'not_found'];

/**
 * Build the panel in `root` (a page's body, or a widget's shadow tree); `open()` shows it over everything else.
 *
 * `me` is the customer's own door (`me.js`); where nobody is signed in, the panel says why there is nothing.
 * `onerased` is called when everything has been erased. Throws when words or looks can't be loaded.
 */
export async function yourData({ root, language, base = '', me, onerased }) {
  const place = root.getRootNode();
  const [t] = await Promise.all([load(language, base, 'your-data'), dress(place, base)]);

  const heard = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const trouble = troublePlace();
  const title = el('h2', { id: 'your-data-title' }, t('data.title'));
  const close = el('button', { class: 'quiet close', type: 'button', 'aria-label': t('data.close'), onclick: () => element.close() }, icon('close'));
  const content = el('div', { class: 'data-content' });
  const element = el('dialog', { class: 'heedful your-data', lang: t.language, 'aria-labelledby': 'your-data-title' }, el('header', { class: 'data-head' }, title, close), heard, trouble, content);
  const desk = { t, me, tell, attempt, refresh, isErased: false, erased };
  let leaves = null;

  element.addEventListener('keydown', (event) => {
    event.stopPropagation(); // neither the website's shortcuts nor the widget's own Escape are for here
    if (event.key !== 'Escape' || event.isComposing) return;
    event.preventDefault();
    if (!leaves?.stepBack()) element.close();
  });
  element.addEventListener('click', (event) => {
    if (event.target === element) element.close(); // beside the panel
  });
  element.addEventListener('close', () => element.remove());

  /** Say something to a screen reader, also when it is what was said last. */
  function tell(text) {
    heard.textContent = '';
    setTimeout(() => (heard.textContent = text), 50);
  }

  /**
   * Do `work`, once at a time for each `where`; when the service refuses, say why there, with a button that tries again.
   * Returns whether it was done.
   */
  async function attempt(where, work) {
    if (where.dataset.busy) return false;
    where.dataset.busy = 'yes';
    where.replaceChildren();
    try {
      await work();
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) reportError(problem);
      const again = el('button', { class: 'quiet', type: 'button', onclick: retry }, icon('retry'), t('chat.retry'));
      where.replaceChildren(el('p', {}, reason(t, problem)), again);
      return false;
    } finally {
      delete where.dataset.busy;
    }

    async function retry() {
      if (await attempt(where, work)) focusFirst(element);
    }
  }

  /** Fetch everything again, and show it where it stands. */
  async function refresh() {
    let found;
    try {
      found = await me.all();
    } catch (problem) {
      if (problem.code !== 'unverified') throw problem;
      leaves = null;
      content.replaceChildren(el('div', { class: 'nobody' }, el('h3', {}, t('data.nobody')), el('p', {}, t('data.nobody.why'))));
      return;
    }
    leaves ??= tabs(desk, content);
    leaves.show(found);
  }

  /** Leave nothing to be seen but the proof. */
  function erased(proof) {
    desk.isErased = true;
    leaves = null;
    content.replaceChildren(el('div', { class: 'leaf' }, proof));
    onerased();
  }

  async function open() {
    if (!element.isConnected) root.append(element);
    if (!element.open) element.showModal();
    title.tabIndex = -1;
    title.focus();
    if (desk.isErased) return;
    me.begin();
    if (!leaves) content.replaceChildren(el('p', { class: 'waiting' }, el('span', { class: 'pulse', 'aria-hidden': 'true' }), t('data.loading')));
    content.setAttribute('aria-busy', 'true');
    if (!(await attempt(trouble, refresh)) && !leaves) content.replaceChildren();
    content.setAttribute('aria-busy', 'false');
  }

  return { element, open };
}

/** Give a document or a shadow tree the looks of the panel, once. */
async function dress(place, base) {
  looks ??= sheet(`${base}/static/your-data.css`).catch((error) => {
    looks = null; // the next use tries again
    throw error;
  });
  const look = await looks;
  if (!place.adoptedStyleSheets.includes(look)) place.adoptedStyleSheets = [...place.adoptedStyleSheets, look];
}

/** The leaves, one to be seen at a time, behind tabs that the arrow keys move between. */
function tabs(desk, content) {
  const names = Object.keys(LEAVES);
  const leaves = names.map((name) => LEAVES[name](desk));
  const buttons = names.map((name, at) =>
    el('button', { class: 'tab', type: 'button', role: 'tab', id: `data-tab-${name}`, 'aria-controls': `data-leaf-${name}`, onclick: () => turn(at), onkeydown: (event) => move(event, at) }, desk.t(`data.tab.${name}`)),
  );
  const sheets = leaves.map((leaf, at) =>
    el('div', { class: 'leaf', role: 'tabpanel', id: `data-leaf-${names[at]}`, 'aria-labelledby': `data-tab-${names[at]}` }, leaf.element),
  );
  let now = 0;

  function turn(at) {
    now = at;
    buttons.forEach((button, position) => {
      button.setAttribute('aria-selected', String(position === at));
      button.tabIndex = position === at ? 0 : -1;
      sheets[position].hidden = position !== at;
    });
    leaves[at].turned?.();
  }

  function move(event, at) {
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1 + names.length, Home: 0, End: names.length - 1 };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    turn(steps[event.key] % names.length);
    buttons[now].focus();
  }

  content.replaceChildren(el('div', { class: 'tabs', role: 'tablist', 'aria-label': desk.t('data.title') }, buttons), ...sheets);
  turn(0);
  return {
    show: (found) => leaves.forEach((leaf) => leaf.show(found)),
    /** Leave what was begun on the leaf that is seen; whether there was anything. */
    stepBack: () => leaves[now].stepBack?.() ?? false,
  };
}

function focusFirst(element) {
  if (element.open && !element.contains(element.getRootNode().activeElement)) element.querySelector('h2').focus();
}

function reason(t, problem) {
  if (problem.status === 401) return t('data.error.unauthenticated');
  return t(SPOKEN.includes(problem.code) ? `data.error.${problem.code}` : 'data.error.other');
}
