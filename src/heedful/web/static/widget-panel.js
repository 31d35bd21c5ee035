// The chat inside the widget: a panel in the widget's own shadow tree, with its own style sheets.

import { connect } from './chat-core.js';
import { chatView } from './chat-view.js';
import { dataDoor } from './data-door.js';
import { el, icon, sheet } from './dom.js';
import { load } from './strings.js';

const DOUBLE_CLICK_MS = 500;
const SHEETS = ['base.css', 'chat.css', 'receipt.css', 'widget.css'];

/** Build the panel in `root`; the result shows and hides it. Throws when words or style sheets can't be loaded. */
export async function panelIn(root, { base, key, language, author, identity, onclose }) {
  const [t, ...sheets] = await Promise.all([load(language, base), ...SHEETS.map((name) => sheet(`${base}/static/${name}`))]);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...sheets];
  const name = author || t('widget.author');
  const view = chatView({ t, author: name, notice: t('widget.notice'), startClosed: true });
  const data = dataDoor({ t, root, base });
  const close = el('button', { class: 'quiet close', type: 'button', 'aria-label': t('widget.close'), onclick: onclose }, icon('close'));
  const head = el('header', { class: 'panel-head' }, el('h2', {}, name), data.failed, data.button, close);
  const panel = el('div', { class: 'heedful panel', role: 'dialog', 'aria-label': name, lang: t.language, hidden: true }, head, view.element);
  panel.addEventListener('keydown', (event) => {
    event.stopPropagation(); // the website's own shortcuts are not for what is typed here
    if (event.key === 'Escape' && !event.isComposing) onclose();
  });
  let shownAt = 0;
  panel.addEventListener('click', secondOfTwo, true);
  begin(identity);
  root.append(panel);
  return {
    show() {
      panel.hidden = false;
      shownAt = performance.now();
      view.focus();
    },
    hide() {
      panel.hidden = true;
    },
  };

  /** Begin a conversation; when its customer has had everything erased, another one, with nobody. */
  function begin(identity) {
    view.use(connect({ base, key, identity, language: t.language, onopen: ({ notice }) => view.tellNotice(notice) }));
    data.use(identity, () => begin(null));
  }

  /** Whoever clicks twice on the button that opens the chat does not mean what stands there afterwards. */
  function secondOfTwo(event) {
    if (!event.detail || performance.now() - shownAt > DOUBLE_CLICK_MS) return;
    event.stopPropagation();
    event.preventDefault();
  }
}
