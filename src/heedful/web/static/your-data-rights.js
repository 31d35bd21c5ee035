// A copy of everything, and erasing everything: in two steps, and with a receipt that proves it.

import { el } from './dom.js';
import { day, moment } from './strings.js';
import { asFile, button, focusOn, rebuild, save, troublePlace } from './your-data-pieces.js';

const FORMATS = ['html', 'json'];

/** The leaf of the copy and of erasing. */
export function rights(desk) {
  const copied = copy(desk);
  const erasing = erase(desk);
  return {
    element: el('div', {}, copied, erasing.element),
    show: ({ hold }) => erasing.show(hold),
    stepBack: erasing.stepBack,
  };
}

function copy({ t, me, attempt, tell }) {
  const trouble = troublePlace();
  const buttons = FORMATS.map((format) => button('plain', format, t(`data.copy.${format}`), () => download(format)));
  return el('section', { class: 'group' }, el('h3', {}, t('data.copy')), el('p', {}, t('data.copy.lead')), el('div', { class: 'answers' }, buttons), trouble);

  function download(format) {
    return attempt(trouble, async () => {
      save(await me.copy(format), `${t('data.copy.file')}.${format}`);
      tell(t('data.told.copied'));
    });
  }
}

function erase(desk) {
  const { t, me } = desk;
  const element = el('section', { class: 'group erase' });
  const trouble = troublePlace();
  let hold = null;
  let isAsked = false;
  let proof = null;

  function show() {
    rebuild(element, el('h3', { tabindex: -1, 'data-key': 'heading' }, t(proof ? 'data.erased' : 'data.erase')), proof ? erasure() : hold ? held() : isAsked ? sure() : begin(), trouble);
  }

  function begin() {
    return [el('p', {}, t('data.erase.lead')), el('div', { class: 'answers' }, button('plain is-grave', 'erase', t('data.erase.begin'), ask))];
  }

  function held() {
    return el('div', { class: 'held', role: 'note' }, el('p', {}, el('strong', {}, t('data.hold'))), el('p', {}, t('data.hold.why', { date: day(t, hold.since), reason: hold.reason })));
  }

  function sure() {
    const answers = el('div', { class: 'answers' }, button('solid is-grave', 'yes', t('data.erase.yes'), carryOut), button('plain', 'stay', t('data.keep'), stepBack));
    return el('div', { class: 'asking', role: 'group', tabindex: -1, 'data-key': 'sure', 'aria-label': t('data.erase.sure') }, el('p', {}, el('strong', {}, t('data.erase.sure'))), el('p', {}, t('data.erase.sure.lead')), answers);
  }

  function erasure() {
    const { position, hash } = proof.chain ?? {};
    const counts = Object.entries(proof.counts).filter(([, count]) => count);
    const record = [[t('receipt.id'), proof.id], [t('receipt.at'), moment(t, proof.at)], [t('receipt.position'), position], [t('receipt.hash'), hash]];
    return [
      el('p', {}, t('data.erased.lead')),
      el('dl', {}, counts.map(([store, count]) => row(t.named('data.counted', store), count))),
      el('dl', { class: 'proof' }, record.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => row(name, value))),
      el('div', { class: 'answers' }, button('plain', 'save', t('data.erased.save'), () => save(asFile(proof), `erasure-${proof.id}.json`))),
    ];
  }

  function ask() {
    isAsked = true;
    show();
    focusOn(element, 'sure');
  }

  function stepBack() {
    if (!isAsked || proof) return false;
    isAsked = false;
    show();
    focusOn(element, 'erase');
    return true;
  }

  function carryOut() {
    return desk.attempt(trouble, async () => {
      try {
        proof = await me.erase();
      } catch (problem) {
        if (problem.code !== 'legal_hold') throw problem;
        isAsked = false;
        await desk.refresh();
        if (!hold) throw problem;
        desk.tell(t('data.hold'));
        focusOn(element, 'heading');
        return;
      }
      show();
      desk.erased(element);
      focusOn(element, 'heading');
      desk.tell(t('data.told.erased'));
    });
  }

  return {
    element,
    stepBack,
    show(found) {
      hold = found;
      show();
    },
  };
}

function row(name, value) {
  return el('div', { class: 'row' }, el('dt', {}, name), el('dd', {}, String(value)));
}
