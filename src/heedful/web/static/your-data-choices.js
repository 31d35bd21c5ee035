// What may be used for what: one switch for each purpose, and one for each category of facts in it.

import { el } from './dom.js';
import { day } from './strings.js';
import { decisions } from './your-data-decisions.js';
import { button, catchFocus, focusOn, rebuild, troublePlace } from './your-data-pieces.js';

const ON = ['given', 'partly'];

/** The leaf of the choices. */
export function choices(desk) {
  const { t } = desk;
  const list = el('ul', { class: 'entries' });
  const past = decisions(desk);
  const element = el('div', {}, el('p', { class: 'lead' }, t('data.choices.lead')), list, past.element);
  let entries = [];
  return {
    element,
    show(found) {
      entries = found.purposes.map((one) => entry(desk, one, past.changed));
      list.replaceChildren(...entries.map((one) => one.element));
      past.show(found);
    },
    stepBack: () => entries.some((one) => one.stepBack()),
  };
}

function entry(desk, first, changed) {
  const { t, me } = desk;
  const element = el('li', { class: 'entry' });
  const trouble = troublePlace();
  let now = first;
  let asked = null; // what a yes is being thought about for: `{}` is the whole purpose
  const agreed = new Set(); // to what they said yes, having read the notice of just that, since the panel was opened

  function show() {
    const head = el('div', { class: 'entry-head' }, toggle({}, now.label, now.state), told(t, nameOf({}), now));
    const rows = now.categories.flatMap(categoryRows);
    const whole = asked && !asked.category ? question() : null;
    const more = el('details', { class: 'more', 'data-key': 'more' }, el('summary', { 'aria-label': `${t('data.choices.parts')}: ${now.label}` }, t('data.choices.parts')), el('ul', { class: 'parts' }, rows), now.state === 'partly' ? button('plain', 'all', t('data.choices.all'), () => ask({})) : null);
    const never = now.ground ? null : el('p', { class: 'fine' }, t('data.choices.no_ground'));
    rebuild(element, head, never, whole, trouble, rows.length ? more : null);
  }

  function categoryRows(category) {
    const inFacts = category.facts.map((fact) => row({ category: category.category, fact: fact.fact }, fact.label, fact, 'part is-fact'));
    const state = category.state === 'none' && inFacts.length ? 'single' : category.state;
    return [row({ category: category.category }, category.label, { ...category, state }, 'part'), ...inFacts];
  }

  function row(target, label, { state, at, valid_until: until }, kind) {
    const isAsked = asked && keyOf(asked) === keyOf(target);
    return el('li', { class: kind }, el('div', { class: 'entry-head' }, toggle(target, label, state), told(t, nameOf(target), { state, at, until })), isAsked ? question() : null);
  }

  function toggle(target, label, state) {
    const isOn = ON.includes(state);
    const input = el('input', { type: 'checkbox', role: 'switch', class: 'switch', checked: isOn, 'data-key': keyOf(target), 'aria-describedby': nameOf(target), onclick });
    return el('label', { class: 'option' }, input, el('span', {}, label));

    function onclick(event) {
      if (isOn) return decide('withdrawn', target);
      if (agreed.has(keyOf(target))) return decide('given', target);
      event.preventDefault(); // first they are told what a yes means
      return ask(target);
    }
  }

  function ask(target) {
    asked = target;
    show();
    focusOn(element, 'question');
  }

  /** What they are told before they say yes. */
  function question() {
    const { state, notice } = found(asked);
    return el(
      'div',
      { class: 'asking', role: 'group', tabindex: -1, 'data-key': 'question', 'aria-label': t('data.notice') },
      noticeText(t, notice),
      el(
        'div',
        { class: 'answers' },
        button('solid', 'yes', t('data.yes'), () => decide('given', asked)),
        state === 'none' ? button('plain', 'no', t('data.no'), () => decide('refused', asked)) : null,
        button('quiet', 'later', t('data.later'), stepBack),
      ),
    );
  }

  /** The id of the words that say where a switch stands. */
  function nameOf({ category = '', fact = '' }) {
    return ['data-state', now.id, category, fact].filter(Boolean).join('-');
  }

  /** The purpose, the category or the fact that a switch is for. */
  function found({ category, fact }) {
    const whole = category ? now.categories.find((one) => one.category === category) : now;
    return fact ? whole.facts.find((one) => one.fact === fact) : whole;
  }

  async function decide(state, target) {
    const isDone = await desk.attempt(trouble, async () => {
      now = await me.decide(now.id, { state, ...target });
      const wasAsked = Boolean(asked);
      asked = null;
      if (state === 'given') agreed.add(keyOf(target));
      show();
      if (wasAsked) focusOn(element, keyOf(target));
      else catchFocus(element, keyOf(target));
      // A yes to the whole leaves refused what was refused by name: that is shown.
      const isPartly = state === 'given' && !target.category && now.state === 'partly';
      if (isPartly) element.querySelector('details').open = true;
      desk.tell(t(`data.told.${isPartly ? 'partly' : state}`, { what: found(target)?.label ?? now.label }));
      changed();
    });
    if (!isDone) show(); // a switch that was moved goes back
  }

  function stepBack() {
    if (!asked) return false;
    const key = keyOf(asked);
    asked = null;
    show();
    focusOn(element, key);
    return true;
  }

  show();
  return { element, stepBack };
}

function keyOf({ category = '', fact = '' }) {
  return `switch ${category} ${fact}`;
}

/** Where it stands, and since when. */
function told(t, id, { state, at, until, categories = [] }) {
  const since = at ?? categories.flatMap((one) => [one, ...one.facts]).map((one) => one.at).filter(Boolean).sort().at(-1);
  const words = [t.named('data.state', state), since && !['none', 'single'].includes(state) ? t('data.since', { date: day(t, since) }) : ''];
  if (until && state === 'given') words.push(t('data.until', { date: day(t, until) }));
  return el('span', { class: `state is-${state}`, id }, words.filter(Boolean).join(' · '));
}

/** The notice word for word; what it does not say itself is added below it. */
function noticeText(t, notice) {
  const said = String(notice.text);
  const readers = (notice.recipients ?? []).filter(({ name }) => !said.includes(name));
  const rows = [
    ['data.notice.readers', readers.map(({ name, country }) => [name, country].filter(Boolean).join(', ')).join('; ')],
    ['data.notice.refusing', notice.refusing],
    ['data.notice.withdraw', notice.withdraw],
    ['data.notice.kept', notice.kept_for],
  ].filter(([, value]) => value && !said.includes(value));
  return el(
    'div',
    { class: 'told', lang: notice.language || null },
    said.split(/\n+/).filter(Boolean).map((line) => el('p', {}, line)),
    rows.length ? el('dl', {}, rows.map(([key, value]) => el('div', { class: 'row' }, el('dt', {}, t(key)), el('dd', {}, value)))) : null,
    said.includes(notice.version) ? null : el('p', { class: 'fine' }, t('data.notice.version', { version: notice.version })),
  );
}
