// The way to “your data”: a button. The panel behind it is loaded at its first use.

import { el, icon } from './dom.js';

/**
 * A button that opens the panel in `root`, and where it says that it could not.
 *
 * `use(identity, onerased)` says whose data it is from now on: `identity` as for `connect` (`chat-core.js`), `onerased`
 * is called when everything has been erased.
 */
export function dataDoor({ t, root, base = '' }) {
  const failed = el('span', { class: 'fine', role: 'alert' });
  const button = el('button', { class: 'quiet', type: 'button', 'aria-haspopup': 'dialog', onclick: open }, icon('data'), t('data.open'));
  const now = { identity: null, onerased: null, panel: null };

  async function open() {
    failed.textContent = '';
    try {
      now.panel ??= build(now);
      (await now.panel).open();
    } catch {
      now.panel = null;
      failed.textContent = t('data.failed');
    }
  }

  async function build({ identity, onerased }) {
    const [{ yourData }, { me }] = await Promise.all([import('./your-data.js'), import('./me.js')]);
    return yourData({ root, base, language: t.language, me: me({ base, language: t.language, identity }), onerased });
  }

  return { button, failed, use: (identity, onerased) => Object.assign(now, { identity, onerased, panel: null }) };
}
