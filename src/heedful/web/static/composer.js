// Where the customer types. Enter sends, once and whole, also in the middle of a Hangul syllable.

import { el, icon } from './dom.js';

const ENDS_IN_HANGUL = /\p{Script=Hangul}$/u;
const IME_KEY = 229; // what a key is called while an input method has it
const SHOWN_FROM = 0.9; // of the limit, from where on the count of characters is shown

/**
 * A form with a text field and a send button. `onsend(text)` is called with the trimmed words; `limit` is in
 * characters.
 */
export function composer({ t, onsend, limit = 8000 }) {
  const field = el('textarea', { class: 'field', rows: 1, enterkeyhint: 'send', autocomplete: 'off', 'aria-label': t('composer.label'), placeholder: t('composer.hint') });
  const button = el('button', { class: 'send', type: 'submit', 'aria-label': t('composer.send'), title: t('composer.send') }, icon('send'));
  const note = el('p', { class: 'composer-note', role: 'status' });
  const form = el('form', { class: 'composer' }, el('div', { class: 'writing' }, field, button), note);
  const held = { until: 0, timer: null };

  function send() {
    const text = field.value.trim();
    if (!text || text.length > limit || Date.now() < held.until) return;
    field.value = '';
    changed();
    onsend(text);
  }

  function changed() {
    grow(field);
    const count = field.value.trim().length;
    if (Date.now() >= held.until) {
      note.textContent = count > limit * SHOWN_FROM ? t('composer.count', { count, limit }) : '';
      note.classList.toggle('is-bad', count > limit);
    }
    button.disabled = count === 0 || count > limit || Date.now() < held.until;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
    field.focus();
  });
  field.addEventListener('input', changed);
  sendOnEnter(field, send);
  changed();

  return {
    element: form,
    focus: () => field.focus(),
    /** Put words back in front of what has been typed since. */
    giveBack(text) {
      field.value = [text, field.value].filter(Boolean).join('\n');
      changed();
    },
    say(text) {
      note.textContent = text;
      note.classList.toggle('is-bad', Boolean(text));
    },
    /** Take nothing for some seconds, and count them down. */
    hold(seconds) {
      held.until = Date.now() + seconds * 1000;
      clearInterval(held.timer);
      const tick = () => {
        const left = Math.ceil((held.until - Date.now()) / 1000);
        note.classList.remove('is-bad');
        note.textContent = left > 0 ? t('composer.wait', { seconds: left }) : '';
        if (left > 0) return;
        clearInterval(held.timer);
        held.until = 0;
        changed();
      };
      held.timer = setInterval(tick, 250);
      changed();
      tick();
    },
  };
}

/**
 * Call `send` on Enter (not Shift+Enter), with input methods in mind.
 *
 * Enter inside a composition is noted; when the composition ends in Hangul, the whole text is sent then. In Japanese
 * and Chinese the same Enter only picks a candidate, and nothing is sent. Safari ends the composition before it tells
 * of the Enter (as key 229). Some systems send a second, plain Enter after that: by then the field is empty.
 */
export function sendOnEnter(field, send) {
  const typing = { isComposing: false, isNoted: false, isPlain: false, justEnded: false };

  function sendSoon() {
    setTimeout(() => {
      if (typing.isNoted) send();
      typing.isNoted = false;
    });
  }

  field.addEventListener('compositionstart', () => Object.assign(typing, { isComposing: true, isNoted: false }));
  field.addEventListener('compositionend', (event) => {
    const isHangul = ENDS_IN_HANGUL.test(event.data || field.value);
    typing.isComposing = false;
    typing.justEnded = isHangul;
    setTimeout(() => (typing.justEnded = false));
    if (typing.isNoted && isHangul) sendSoon();
    else typing.isNoted = false;
  });
  field.addEventListener('keydown', (event) => {
    const isEnter = event.key === 'Enter' || event.code === 'Enter' || event.code === 'NumpadEnter';
    typing.isPlain = isEnter && !event.shiftKey;
    if (!isEnter || event.shiftKey) {
      if (typing.isComposing) typing.isNoted = false;
    } else if (event.isComposing || typing.isComposing) {
      typing.isNoted = true;
    } else if (event.keyCode === IME_KEY) {
      event.preventDefault();
      if (typing.justEnded && !typing.isNoted) {
        typing.isNoted = true;
        sendSoon();
      }
    } else {
      event.preventDefault();
      typing.isNoted = false;
      send();
    }
  });
  field.addEventListener('beforeinput', (event) => {
    if (typing.isPlain && ['insertLineBreak', 'insertParagraph'].includes(event.inputType)) event.preventDefault();
  });
}

/** Give the field as many rows as it has lines; where the browser can do that itself, it does. */
function grow(field) {
  if (globalThis.CSS?.supports?.('field-sizing', 'content')) return;
  field.rows = Math.min(8, Math.max(1, field.value.split('\n').length));
}
