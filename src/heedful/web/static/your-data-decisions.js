// All that the customer ever said about the use of their data, and what they had been told; fetched when it is opened.

import { el } from './dom.js';
import { moment } from './strings.js';
import { button, troublePlace } from './your-data-pieces.js';

const AT_ONCE = 30; // decisions shown before somebody asks for the rest

/** The record of decisions; `show` gives what names there are, `changed()` says that there is a new decision. */
export function decisions(desk) {
  const { t, me } = desk;
  const trouble = troublePlace();
  const list = el('ol', { class: 'past' });
  const element = el('details', { class: 'more decisions', ontoggle: fetchThem }, el('summary', {}, t('data.past')), trouble, list);
  let isFresh = false;
  let labels = new Map();

  async function fetchThem() {
    if (!element.open || isFresh) return;
    await desk.attempt(trouble, async () => {
      const rows = together(await me.decisions()).map((decision) => row(t, decision, labels));
      isFresh = true;
      const rest = rows.splice(AT_ONCE);
      if (rest.length) rows.push(el('li', {}, button('plain', 'rest', t('data.past.rest', { count: rest.length }), () => unfold(rest))));
      list.replaceChildren(...(rows.length ? rows : [el('li', { class: 'none' }, t('data.past.none'))]));
    });
  }

  function unfold(rest) {
    list.lastElementChild.replaceWith(...rest);
    rest[0].querySelector('summary')?.focus();
  }

  return {
    element,
    show({ purposes, facts }) {
      const named = purposes.flatMap((purpose) => [purpose, ...purpose.categories].map((one) => [one.id ?? one.category, one.label]));
      labels = new Map([...named, ...facts.map((fact) => [fact.name, fact.label])]);
      changed();
    },
    changed,
  };

  function changed() {
    isFresh = false;
    fetchThem();
  }
}

/** Records made by one answer (a yes to a purpose is one for each category) as one decision; newest first. */
function together(records) {
  const found = new Map();
  for (const { event, pii_processing: told } of records) {
    const [purpose] = told.purposes;
    const key = [event.event_time, event.event_state, purpose.purpose, told.privacy_notice].join();
    if (!found.has(key)) found.set(key, { event, told, purpose, about: [] });
    found.get(key).about.push(...purpose.pii_information);
  }
  return [...found.values()].reverse().sort((one, other) => Date.parse(other.event.event_time) - Date.parse(one.event.event_time));
}

function row(t, { event, told, purpose, about }, labels) {
  const names = about.map(({ pii_attribute_id: fact, pii_type: category, pii_type_label: label }) =>
    fact ? (labels.get(fact) ?? t.named('fact', fact)) : (labels.get(category) ?? label ?? category),
  );
  const what = labels.get(purpose.purpose) ?? t.named('purpose', purpose.purpose);
  return el(
    'li',
    {},
    el('span', { class: 'fine' }, moment(t, event.event_time, 'short')),
    el('span', {}, `${t.named('data.state', event.event_state)}: ${what}`, names.length ? el('span', { class: 'fine' }, ` · ${names.join(', ')}`) : null),
    told.privacy_notice && event.event_state !== 'withdrawn' ? notice(t, told) : null,
  );
}

function notice(t, told) {
  const lines = told.privacy_notice.split(/\n+/).filter(Boolean).map((line) => el('p', {}, line));
  return el('details', { class: 'more' }, el('summary', {}, t('data.past.told')), el('div', { class: 'told', lang: told.language }, lines));
}
