// The receipts of all replies so far, newest first, in plain words; each can be kept as a file.

import { el } from './dom.js';
import { moment } from './strings.js';
import { asFile, button, save, troublePlace } from './your-data-pieces.js';

/** The leaf of the receipts; they are fetched when the leaf is turned to. */
export function receipts(desk) {
  const { t, me } = desk;
  const list = el('ul', { class: 'entries' });
  const trouble = troublePlace();
  const more = button('plain', 'more', t('data.receipts.more'), () => fetchMore(true));
  const element = el('div', {}, el('p', { class: 'lead' }, t('data.receipts.lead')), list, trouble, more);
  let next = null;
  let isStale = true;
  more.hidden = true;

  async function fetchMore(isPressed = false) {
    await desk.attempt(trouble, async () => {
      const found = await me.receipts(isStale ? null : next);
      const rows = found.items.map((item) => slip(desk, item));
      if (isStale) list.replaceChildren();
      list.append(...rows);
      if (!list.childElementCount) list.append(el('li', { class: 'none' }, t('data.receipts.none')));
      isStale = false;
      next = found.next ?? null;
      more.hidden = !next;
      if (isPressed) rows[0]?.querySelector('summary').focus();
    });
  }

  return {
    element,
    show() {
      isStale = true;
      if (element.parentElement && !element.parentElement.hidden) fetchMore();
    },
    turned() {
      if (isStale) fetchMore();
    },
  };
}

function slip(desk, item) {
  const { t, me } = desk;
  const trouble = troublePlace();
  const kinds = (item.kinds ?? []).map((kind) => t.named('kind', kind)).join(', ');
  const summary = el('summary', {}, el('span', { class: 'slip-when' }, moment(t, item.at, 'short')), el('span', { class: 'fine' }, kinds || t.named('purpose', item.purpose)));
  const words = el('ul', { class: 'sentences' }, item.words.map((sentence) => el('li', {}, sentence)));
  const keep = button('quiet', 'keep', t('data.receipts.save'), saved, moment(t, item.at, 'short'));
  return el('li', { class: 'entry slip' }, el('details', {}, summary, words, el('div', { class: 'tools' }, keep), trouble));

  function saved() {
    return desk.attempt(trouble, async () => save(asFile(await me.receipt(item.id)), `receipt-${item.id}.json`));
  }
}
