// The offer to remember something the customer said: a card under the reply, and nothing is kept without a yes.

import { el } from './dom.js';

const GONE = [404, 409, 410];

/** The card of an `offer` event; `answer(accept)` tells the service, and gives whether it is stored now. */
export function offerCard(t, offer, answer) {
  const outcome = el('p', { class: 'fine', role: 'status' });
  const buttons = el('div', { class: 'answers' }, choice(t('offer.yes'), true), choice(t('offer.no'), false));
  const words = el('p', { class: 'offered', dir: 'auto', lang: offer.language || null }, offer.text);
  const card = el('div', { class: 'offer', role: 'group', tabindex: -1, 'aria-label': t('offer.label') }, words, buttons, outcome);
  let isBusy = false;
  return card;

  function choice(words, accept) {
    return el('button', { class: 'plain', type: 'button', onclick: () => say(accept) }, words);
  }

  async function say(accept) {
    if (isBusy) return;
    isBusy = true;
    outcome.textContent = '';
    try {
      const { stored } = await answer(accept);
      settle(t(stored ? 'offer.stored' : 'offer.not_stored'));
    } catch (problem) {
      if (GONE.includes(problem.status)) settle(t('offer.gone'));
      else outcome.textContent = t('offer.failed');
    } finally {
      isBusy = false;
    }
  }

  function settle(text) {
    const hadFocus = card.contains(card.getRootNode().activeElement);
    buttons.remove();
    if (hadFocus) card.focus();
    outcome.textContent = text;
  }
}
