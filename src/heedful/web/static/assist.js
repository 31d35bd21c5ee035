// The agents' page: a conversation in, checked suggestions out, with sources, verdict and receipt.

import { conversations } from './assist-parse.js';
import { call } from './chat-core.js';
import { copyButton } from './chat-view.js';
import { el, icon } from './dom.js';
import { receiptPaper, sourceList } from './receipt.js';
import { blocks, openAt } from './render.js';
import { fill, inLanguage, load } from './strings.js';

const MARKUP = /[ \t]*\[\d{1,3}\]|\*\*/g; // what only means something on this page
const MOST_TURNS = 500;

const page = document.documentElement;
const at = (id) => document.getElementById(id);

const t = await load(page.lang, '', 'page', 'assist');
fill(document.body, t, { company: page.dataset.company });
for (const tongue of document.querySelectorAll('.tongues a')) {
  if (tongue.lang === page.lang) tongue.setAttribute('aria-current', 'true');
}
const now = { found: [], key: '' };
at('conversation').addEventListener('input', readConversation);
at('which').addEventListener('change', choose);
at('file').addEventListener('change', readFile);
at('example').addEventListener('click', () => {
  at('conversation').value = t('assist.example.text');
  readConversation();
});
at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  ask();
});
at('form').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) ask();
});
readConversation();
if (page.dataset.demo === 'True') await useDemo();

async function useDemo() {
  const session = await (await call('/demo/session', { method: 'GET' })).json();
  now.key = session.assist_key;
  openAt(session.help);
  at('key-row').hidden = true;
  const options = session.customers.map(({ id, name }) => el('option', { value: id }, t('page.person', { name: inLanguage(name, t.language) || id })));
  const choice = el('select', { id: 'customer', 'aria-describedby': 'customer-help' }, el('option', { value: '' }, t('assist.customer.none')), options);
  at('customer').replaceWith(choice);
}

async function readFile() {
  const [file] = at('file').files;
  if (!file) return;
  const text = await file.text();
  at('file').value = '';
  at('conversation').value = text;
  readConversation();
  if (now.found.length) choose();
}

function readConversation() {
  now.found = conversations(at('conversation').value);
  const count = now.found.length;
  at('which-row').hidden = count < 2;
  at('which').replaceChildren(
    ...now.found.map(({ id }, position) => el('option', { value: position }, t('assist.numbered', { number: position + 1, count, id }))),
  );
  preview();
}

/** Show the chosen conversation as an agent would write it down: what was read stays as it was read until it is edited. */
function choose() {
  at('conversation').value = turns().map(({ speaker, text }) => `${t(`assist.${speaker}.turn`)}: ${text}`).join('\n');
  at('conversation').scrollTop = 0;
  preview();
}

function turns() {
  return now.found[Number(at('which').value) || 0]?.turns.slice(-MOST_TURNS) ?? [];
}

function preview() {
  const said = turns();
  const isEmpty = !at('conversation').value.trim();
  const hasCustomer = said.some((turn) => turn.speaker === 'customer');
  at('ask').disabled = !hasCustomer;
  const count = t(said.length === 1 ? 'assist.turns.one' : 'assist.turns', { count: said.length });
  at('read').textContent = isEmpty ? '' : !said.length ? t('assist.unreadable') : hasCustomer ? count : t('assist.no_customer');
  at('turns').replaceChildren(
    ...said.slice(-8).map((turn) => el('li', { class: `turn is-${turn.speaker}` }, el('strong', {}, t(`assist.${turn.speaker}.turn`)), el('p', { dir: 'auto' }, turn.text))),
  );
}

async function ask() {
  const said = turns();
  if (!said.length || at('ask').disabled) return;
  const body = { conversation: { channel: 'chat', turns: said }, without_my_data: at('without').checked };
  const customer = at('customer').value.trim();
  if (customer) body.customer_id = customer;
  at('ask').disabled = true;
  at('results').replaceChildren(el('div', { class: 'status' }, el('span', { class: 'pulse' }), t('assist.asking')));
  at('results').setAttribute('aria-busy', 'true');
  try {
    const key = now.key || at('key').value.trim();
    const answer = await call('/v1/assist/suggestions', { headers: { Authorization: `Bearer ${key}` }, body });
    show(await answer.json());
  } catch (problem) {
    const known = t.has(`error.${problem.code}`) ? t(`error.${problem.code}`) : t('error.other');
    const words = [el('p', {}, known), problem.detail ? el('p', { class: 'fine' }, problem.detail) : null];
    at('results').replaceChildren(el('div', { class: 'problem', role: 'alert' }, words));
  } finally {
    at('ask').disabled = false;
    at('results').setAttribute('aria-busy', 'false');
    const { top } = at('results').getBoundingClientRect();
    if (top > innerHeight / 2) at('results').scrollIntoView();
  }
}

function show({ suggestions, verdict, receipt, confidence }) {
  if (suggestions.length) {
    at('results').replaceChildren(...suggestions.map(card));
    return;
  }
  const why = verdict?.findings.length ? 'assist.none' : 'assist.nothing';
  const none = el('div', { class: 'handoff' }, icon('person'), el('div', {}, el('h2', {}, t(why)), el('p', {}, t(`${why}.next`))));
  at('results').replaceChildren(none, ...(verdict ? [verdictOf(verdict, '', confidence)] : []), ...(receipt ? [receiptOf(receipt, [])] : []));
}

function card(suggestion, position, { length }) {
  const { text, citations, verdict, receipt, confidence, language } = suggestion;
  const title = length > 1 ? `${t('assist.suggestion')} ${position + 1}` : t('assist.suggestion');
  const field = el('textarea', { class: 'edit', id: `edit-${position}`, rows: 7, lang: language || null, dir: 'auto' });
  field.value = text.replace(MARKUP, '').trim();
  const label = (item) => t('chat.source', { n: item.n, title: item.title });
  return el(
    'article',
    { class: 'suggestion', 'aria-label': title },
    el('div', { class: 'suggestion-head' }, el('h2', {}, title), pill(verdict.action)),
    el('div', { class: 'theirs' }, el('div', { class: 'words', lang: language || null, dir: 'auto' }, blocks(text, citations, label))),
    citations.length ? el('ol', { class: 'sources' }, sourceList(t, citations)) : null,
    el('label', { class: 'edit-label', for: `edit-${position}` }, t('assist.edit')),
    field,
    el('div', { class: 'tools' }, copyButton(t, () => field.value)),
    verdictOf(verdict, text, confidence),
    receiptOf(receipt, citations),
  );
}

function pill(action) {
  return el('span', { class: `pill is-${action}` }, t.named('action', action));
}

function verdictOf(verdict, text, confidence = null) {
  const item = (finding, action) =>
    el(
      'li',
      {},
      el('strong', {}, t.named('rule', finding.code)),
      ` · ${action}`,
      finding.end > finding.start && text ? el('q', {}, text.slice(finding.start, finding.end)) : null,
      finding.why ? el('p', { class: 'fine' }, finding.why) : null,
      finding.mend ? el('p', { class: 'fine' }, t('assist.mend', { mend: finding.mend })) : null,
    );
  const findings = [
    ...verdict.findings.map((finding) => item(finding, t.named('action', finding.action))),
    ...(verdict.observed ?? []).map((finding) => item(finding, t('check.observed'))),
  ];
  const list = findings.length ? el('ul', { class: 'findings' }, findings) : el('p', {}, t('assist.no_findings'));
  const rows = [el('div', { class: 'verdict-part' }, el('h3', {}, t('assist.verdict')), list)];
  if (confidence !== null) {
    const level = confidence >= 0.66 ? 'high' : confidence >= 0.33 ? 'middle' : 'low';
    const meter = el('meter', { min: 0, max: 1, low: 0.33, high: 0.66, optimum: 1, value: confidence, 'aria-label': t('assist.confidence') });
    rows.push(el('div', { class: 'verdict-part' }, el('h3', {}, t('assist.confidence')), meter, el('span', {}, t(`assist.confidence.${level}`))));
  }
  return el('div', { class: 'verdict' }, rows);
}

function receiptOf(receipt, items, open = false) {
  const summary = el('summary', {}, el('span', { class: 'receipt-title' }, t('receipt.name')));
  return el('details', { class: 'receipt', open }, summary, receiptPaper(t, receipt, items));
}
