// What a reply was made of, for the customer to read; it fills while the reply is being written.

import { el, settle } from './dom.js';
import { hostOf, link } from './render.js';
import { day, moment } from './strings.js';

const STAGES = ['searching', 'writing', 'checking'];
const WHYS = ['no_consent', 'purpose', 'not_allowed', 'not_needed', 'without_my_data', 'unverified', 'expired', 'opted_out', 'precision'];

/**
 * A receipt that fills as the events of its reply come: give them to `take`. `element` is a `details`; it is shown
 * before anything is known. `number` counts the replies of a page.
 */
export function receiptView(t, number) {
  const known = { stage: null, units: 0, cited: [], items: [], receipt: null, reply: null, ending: null };
  const mark = el('span', { class: 'receipt-mark' });
  const paper = el('div', { class: 'paper' });
  const summary = el('summary', {}, el('span', { class: 'receipt-title' }, t('receipt.title', { number })), mark);
  const element = el('details', { class: 'receipt', open: true }, summary, paper);

  function show() {
    const ending = known.ending ?? (known.receipt ? 'sent' : 'open');
    element.dataset.ending = ending;
    mark.textContent = t(`receipt.ending.${ending}`);
    settle(paper, sections(t, known));
  }

  const takes = {
    status: ({ stage }) => (known.stage = stage),
    text({ citations = [] }) {
      known.units += 1;
      known.cited = [...new Set([...known.cited, ...citations])];
    },
    citations: ({ items = [] }) => (known.items = items),
    receipt: (receipt) => (known.receipt = receipt),
    reply: (reply) => (known.reply = reply),
    hand_off: () => (known.ending = 'handed_off'),
    error: () => (known.ending = 'failed'),
    done({ stopped }) {
      if (stopped) known.ending = 'stopped';
      known.stage = null;
    },
  };

  show();
  return {
    element,
    take({ type, content }) {
      if (!Object.hasOwn(takes, type)) return;
      takes[type](content);
      show();
    },
  };
}

/** The sections of a finished receipt (as `POST …/messages` or a suggestion gives it), for pages that have no stream. */
export function receiptPaper(t, receipt, items = []) {
  const known = { stage: null, units: 0, cited: [], items, receipt, reply: null, ending: null };
  return el('div', { class: 'paper' }, sections(t, known));
}

function sections(t, known) {
  const { receipt } = known;
  if (!receipt) return [progress(t, known), sources(t, known)].filter(Boolean);
  return [
    progress(t, known),
    sources(t, known),
    facts(t, receipt),
    withheld(t, receipt),
    checks(t, receipt),
    writer(t, receipt),
    record(t, receipt),
  ].filter(Boolean);
}

function section(t, name, ...content) {
  return el('section', { class: `part part-${name}` }, el('h3', {}, t(`receipt.${name}`)), ...content);
}

function progress(t, { stage, units, receipt, reply, ending }) {
  if (receipt) {
    const ms = reply?.timings_ms?.total;
    const time = ms === undefined ? '' : t('receipt.took', { seconds: (ms / 1000).toFixed(ms < 995 ? 2 : 1) });
    const told = units ? t(units === 1 ? 'receipt.unit' : 'receipt.units', { count: units }) : '';
    const about = receipt.kinds.map((kind) => t.named('kind', kind)).join(', ');
    const lines = [[t('receipt.about'), about], [t('receipt.purpose'), t.named('purpose', receipt.purpose)]];
    const rows = lines.filter(([, value]) => value).map(([name, value]) => row(name, value));
    const line = [told, time].filter(Boolean).join(' · ');
    return el('div', { class: 'part' }, el('dl', {}, rows), line ? el('p', { class: 'fine' }, line) : null);
  }
  if (ending) return el('div', { class: 'part' }, el('p', { class: 'fine' }, t(`receipt.note.${ending}`)));
  const now = STAGES.indexOf(stage);
  const steps = STAGES.map((name, position) => {
    const place = position < now ? 'past' : position === now ? 'now' : 'next';
    return el('li', { class: `step is-${place}` }, t(`receipt.stage.${name}`));
  });
  const told = units ? el('p', { class: 'fine' }, t(units === 1 ? 'receipt.unit' : 'receipt.units', { count: units })) : null;
  return el('div', { class: 'part' }, el('ol', { class: 'steps' }, steps), told);
}

function sources(t, { items, cited, receipt }) {
  const updated = new Map((receipt?.passages ?? []).map((passage) => [passage.id, passage.updated]));
  if (items.length) return section(t, 'sources', el('ol', { class: 'sources' }, sourceList(t, items, updated)));
  if (receipt?.passages.length) {
    const numbered = receipt.passages.map((passage, position) => ({ ...passage, n: position + 1 }));
    return section(t, 'sources', el('ol', { class: 'sources' }, sourceList(t, numbered, updated)));
  }
  if (receipt) return section(t, 'sources', el('p', { class: 'none' }, t('receipt.sources.none')));
  if (!cited.length) return null;
  return section(t, 'sources', el('p', {}, cited.map((n) => el('span', { class: 'cite' }, String(n)))));
}

/** The lines of a numbered list of sources; where one title stands twice, each with the heading it leads to. */
export function sourceList(t, items, updated = new Map()) {
  return items.map((item) => {
    const isTwin = items.some((other) => other !== item && other.title === item.title);
    return source(t, item, updated.get(item.id), isTwin ? headingOf(item.url) : '');
  });
}

/** One source: title, where it leads, and its first words. */
function source(t, item, updated = '', heading = '') {
  const host = hostOf(item.url);
  const when = updated ? t('receipt.updated', { date: updated }) : '';
  const title = [item.title || item.url, heading].filter(Boolean).join(' › ');
  const words = [
    link(title, item.url, { class: 'source-title', lang: item.lang || null }),
    host || when ? el('span', { class: 'fine' }, [host, when].filter(Boolean).join(' · ')) : null,
    item.snippet ? el('span', { class: 'snippet', lang: item.lang || null }, item.snippet) : null,
  ];
  return el('li', {}, el('span', { class: 'cite', 'aria-hidden': 'true' }, String(item.n)), el('div', {}, words));
}

/** The heading that an address opens, as its anchor tells it: hyphens for spaces, and nothing in capitals. */
function headingOf(address) {
  const anchor = String(address).split('#')[1] ?? '';
  try {
    const words = decodeURIComponent(anchor).replaceAll('-', ' ').trim();
    return words.charAt(0).toUpperCase() + words.slice(1);
  } catch {
    return '';
  }
}

function facts(t, receipt) {
  if (!receipt.facts.length) {
    const why = receipt.withheld[0]?.why === 'without_my_data' ? 'without_my_data' : receipt.verified ? 'verified' : 'unverified';
    return section(t, 'facts', el('p', { class: 'none' }, t(`receipt.facts.none.${why}`)));
  }
  const groups = new Map();
  for (const fact of receipt.facts) {
    const terms = t('receipt.consent', { purpose: t.named('purpose', fact.purpose), date: day(t, fact.given_at) });
    groups.set(terms, [...(groups.get(terms) ?? []), fact.name]);
  }
  return section(t, 'facts', ...[...groups].flatMap(([terms, names]) => named(t, terms, names, 'chips is-used')));
}

function withheld(t, receipt) {
  if (!receipt.withheld.length) return null;
  const whys = [...new Set([...WHYS, ...receipt.withheld.map((fact) => fact.why)])];
  const groups = whys.flatMap((why) => {
    const names = receipt.withheld.filter((fact) => fact.why === why).map((fact) => fact.name);
    return names.length ? named(t, t.named('why', why), names, 'chips') : [];
  });
  return section(t, 'withheld', ...groups);
}

function named(t, why, names, kind) {
  return [el('p', { class: 'why' }, why), el('ul', { class: kind }, names.map((name) => el('li', {}, t.named('fact', name))))];
}

function checks(t, receipt) {
  const isStyle = (name) => name.startsWith('style'); // how it sounds; the receipt is about the customer's data
  const made = receipt.checks.filter((check) => !isStyle(check.rule));
  const passed = made.filter((check) => check.result === 'passed');
  const rest = made.filter((check) => check.result !== 'passed');
  const line = (check) => {
    const words = [el('span', { class: 'check-result' }, t(`check.${check.result}`)), t.named('rule', check.rule)];
    return el('li', { class: `check is-${check.result}` }, words);
  };
  const changed = receipt.changed.filter((code) => !isStyle(code)).map((code) => t.named('rule', code)).join(', ');
  return section(
    t,
    'checks',
    rest.length ? el('ul', { class: 'checks' }, rest.map(line)) : null,
    changed ? el('p', { class: 'changed' }, t('receipt.changed', { what: changed })) : null,
    passed.length
      ? el('details', { class: 'more' }, el('summary', {}, t(passed.length === 1 ? 'receipt.passed.one' : 'receipt.passed', { count: passed.length })), el('ul', { class: 'checks' }, passed.map(line)))
      : el('p', { class: 'none' }, t('receipt.checks.none')),
  );
}

function writer(t, receipt) {
  const { name, where } = receipt.model;
  const files = Object.entries(receipt.prompts ?? {});
  const place = where === 'this machine' ? t('receipt.here') : where;
  const digests = files.map(([file, digest]) => el('li', {}, `${file} `, el('code', {}, digest.slice(0, 12))));
  return section(
    t,
    'model',
    el('p', {}, el('strong', {}, t.named('model', name)), el('span', { class: 'fine' }, place)),
    files.length ? el('details', { class: 'more' }, el('summary', {}, t('receipt.prompts', { count: files.length })), el('ul', { class: 'checks' }, digests)) : null,
  );
}

function record(t, receipt) {
  const { position, hash } = receipt.chain ?? {};
  const lines = [[t('receipt.id'), receipt.id], [t('receipt.at'), moment(t, receipt.at)]];
  if (position !== undefined) lines.push([t('receipt.position'), String(position)]);
  if (hash) lines.push([t('receipt.hash'), hash]);
  if (receipt.salt) lines.push([t('receipt.salt'), receipt.salt]);
  const shown = position === undefined ? t('receipt.record.none') : t('receipt.record.place', { position });
  return section(
    t,
    'record',
    el('p', {}, shown),
    el('details', { class: 'more' }, el('summary', {}, t('receipt.record.more')), el('dl', {}, lines.map(([name, value]) => row(name, value)))),
  );
}

function row(name, value) {
  return el('div', { class: 'row' }, el('dt', {}, name), el('dd', {}, value));
}
