// What is held: each fact with its origin; the customer's own can be changed, the company's be asked to be corrected.

import { el } from './dom.js';
import { day } from './strings.js';
import { button, catchFocus, focusOn, rebuild, troublePlace } from './your-data-pieces.js';

/** The leaf of the facts. */
export function facts(desk) {
  const { t } = desk;
  const list = el('div');
  const element = el('div', {}, el('p', { class: 'lead', tabindex: -1, 'data-key': 'lead' }, t('data.facts.lead')), list);
  let rows = [];

  /** Fetch everything again; the focus goes back to the fact, or to the beginning when it is gone. */
  async function renew(fact) {
    await desk.refresh();
    catchFocus(element, `edit ${fact.name}`);
    catchFocus(element, 'lead');
  }

  return {
    element,
    show(found) {
      const groups = Map.groupBy(found.facts, (fact) => fact.category);
      rows = [];
      const shown = [...groups.values()].map((group) => {
        const made = group.map((fact) => factRow({ ...desk, renew }, fact, found.corrections ?? []));
        rows.push(...made);
        return el('section', { class: 'group' }, el('h3', {}, group[0].category_label), el('ul', { class: 'entries' }, made.map((row) => row.element)));
      });
      rebuild(list, shown.length ? shown : el('p', { class: 'none' }, t('data.facts.none')));
    },
    stepBack: () => rows.some((row) => row.stepBack()),
  };
}

function factRow(desk, fact, corrections) {
  const { t, me } = desk;
  const element = el('li', { class: 'entry fact' });
  const trouble = troublePlace();
  const name = fact.label;
  let step = null; // what was begun: `edit` or `remove`
  let isShown = fact.to_model; // what no model may see is not put on a screen that others may see, unless asked for
  const asked = corrections.filter((one) => one.fact === fact.name);

  function show() {
    const value = isShown ? el('span', { class: 'value', dir: 'auto' }, fact.value) : el('span', { class: 'value is-covered' }, '••••••');
    const uncover = isShown ? null : key('quiet', 'uncover', t('data.show'), () => ((isShown = true), show()));
    rebuild(
      element,
      el('div', { class: 'fact-row' }, el('div', { class: 'fact-words' }, el('span', { class: 'fact-name' }, name), value, el('span', { class: 'fine' }, origin())), el('div', { class: 'tools' }, uncover, step ? null : actions())),
      fact.to_model ? null : el('p', { class: 'fine' }, t('data.facts.never')),
      asked.map((one) => el('p', { class: 'fine asked' }, t('data.facts.asked', { date: day(t, one.at), value: one.value, state: t.named('data.asked', one.state) }), one.note ? ` (${one.note})` : null)),
      step === 'edit' ? form() : step === 'remove' ? sure() : null,
      trouble,
    );
  }

  function origin() {
    const said = [fact.yours ? t('data.facts.yours') : fact.source && t('data.facts.source', { source: t.named('data.source', fact.source) })];
    if (fact.at) said.push(t('data.since', { date: day(t, fact.at) }));
    if (fact.collected_for) said.push(t('data.facts.for', { purpose: fact.collected_for_label ?? t.named('purpose', fact.collected_for) }));
    if (fact.expires) said.push(t('data.facts.until', { date: day(t, fact.expires) }));
    return said.filter(Boolean).join(' · ');
  }

  function actions() {
    const edit = key('quiet', 'edit', t(fact.yours ? 'data.change' : 'data.correct'), () => begin('edit', 'field'));
    const remove = fact.yours ? key('quiet', 'remove', t('data.remove'), () => begin('remove', 'stay')) : null;
    return [edit, remove];
  }

  function form() {
    const field = el('input', { type: 'text', class: 'line', autocomplete: 'off', maxlength: 1000, 'data-key': `field ${fact.name}`, value: fact.yours ? fact.value : null });
    const label = el('label', { class: 'labelled' }, el('span', {}, t(fact.yours ? 'data.change.label' : 'data.correct.label', { name })), field);
    const send = el('button', { class: 'solid', type: 'submit' }, t(fact.yours ? 'data.save' : 'data.correct.send'));
    const explained = fact.yours ? null : el('p', { class: 'fine' }, t('data.correct.lead'));
    return el('form', { class: 'asking', onsubmit: (event) => (event.preventDefault(), correct(field.value.trim())) }, label, explained, el('div', { class: 'answers' }, send, key('quiet', 'cancel', t('data.cancel'), stepBack)));
  }

  function sure() {
    return el('div', { class: 'asking', role: 'group', 'aria-label': t('data.remove.sure', { name }) }, el('p', {}, t('data.remove.sure', { name })), el('div', { class: 'answers' }, key('solid', 'yes', t('data.remove'), remove), key('quiet', 'stay', t('data.keep'), stepBack)));
  }

  function begin(what, key) {
    step = what;
    show();
    focusOn(element, `${key} ${fact.name}`);
  }

  function stepBack() {
    if (!step) return false;
    const from = step;
    step = null;
    show();
    focusOn(element, `${from} ${fact.name}`);
    return true;
  }

  async function correct(value) {
    if (!value) return focusOn(element, `field ${fact.name}`);
    return desk.attempt(trouble, async () => {
      const { state } = await me.correct(fact.name, value);
      step = null;
      desk.tell(t(`data.told.${state === 'changed' ? 'changed' : 'asked'}`, { what: name }));
      await desk.renew(fact);
    });
  }

  function remove() {
    return desk.attempt(trouble, async () => {
      await me.remove(fact.name);
      desk.tell(t('data.told.removed', { what: name }));
      await desk.renew(fact);
    });
  }

  /** A button whose key is its fact's own. */
  function key(kind, action, words, onclick) {
    return button(kind, `${action} ${fact.name}`, words, onclick, name);
  }

  show();
  return { element, stepBack };
}
