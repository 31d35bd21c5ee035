// The demo page: the chat on the left, on the right the receipt of each reply, filling as it comes.

import { chatView } from './chat-view.js';
import { call, connect } from './chat-core.js';
import { dataDoor } from './data-door.js';
import { el, icon } from './dom.js';
import { openAt } from './render.js';
import { fill, inLanguage, load } from './strings.js';

const WIDE = matchMedia('(min-width: 861px)');

const page = document.documentElement;
const here = new URL(location.href);

begin();

async function begin() {
  let t;
  try {
    t = await load(page.lang, '', 'page');
    fill(document.body, t, { company: page.dataset.company });
    const session = await (await call('/demo/session', { method: 'GET' })).json();
    openAt(session.help);
    show(t, session);
  } catch {
    const words = t ? t('page.failed') : 'The page could not reach the service. Reload it to try again.';
    document.querySelector('#chat').replaceChildren(el('p', { class: 'failed', role: 'alert' }, words));
  }
}

function show(t, session) {
  const receipts = receiptColumn(t);
  const view = chatView({
    t,
    author: inLanguage(session.ai_name, t.language),
    notice: page.dataset.notice,
    examples: [1, 2, 3, 4].map((number) => t(`example.${number}`)),
    place: receipts.place,
    startClosed: !WIDE.matches,
  });
  document.querySelector('#chat').replaceChildren(view.element);
  document.querySelector('#title').textContent = inLanguage(session.ai_name, t.language);

  const choice = document.querySelector('#who');
  choice.append(el('option', { value: '' }, t('page.nobody')));
  for (const customer of session.customers) {
    const name = inLanguage(customer.name, t.language) || customer.id;
    choice.append(el('option', { value: customer.id }, t('page.person', { name })));
  }
  const wanted = here.searchParams.get('as');
  if (session.customers.some((customer) => customer.id === wanted)) choice.value = wanted;
  choice.addEventListener('change', start);
  const data = dataDoor({ t, root: document.body });
  document.querySelector('#data').replaceChildren(data.failed, data.button);
  start();

  function start() {
    const customer = session.customers.find(({ id }) => id === choice.value);
    keepInAddress(customer?.id);
    receipts.clear();
    const identity = customer ? () => tokenOf(customer.id) : null;
    view.use(connect({ key: session.key, language: t.language, identity }));
    data.use(identity, () => {
      choice.value = '';
      start();
    });
    const now = document.querySelector('#who-now');
    const name = inLanguage(customer?.name, t.language);
    now.textContent = customer ? t('page.as', { name }) : t('page.as.nobody');
    now.classList.toggle('is-someone', Boolean(customer));
    if (WIDE.matches) view.focus();
  }
}

async function tokenOf(customer) {
  return (await (await call('/demo/identity', { body: { customer } })).json()).token;
}

/** Keep who asks and the language in the address, so that a reload or the other language keeps the choice. */
function keepInAddress(customer) {
  if (customer) here.searchParams.set('as', customer);
  else here.searchParams.delete('as');
  history.replaceState(null, '', here);
  for (const tongue of document.querySelectorAll('.tongues a')) {
    const there = new URL(here);
    there.searchParams.set('lang', tongue.lang);
    tongue.href = there.pathname + there.search;
    if (tongue.lang === page.lang) tongue.setAttribute('aria-current', 'true');
  }
}

/** Where receipts stand: in the column beside the chat, or under their replies where there is no room for one. */
function receiptColumn(t) {
  const list = document.querySelector('#receipts');
  const placed = [];

  function arrange() {
    for (const { receipt, slot, pointer } of placed) {
      if (WIDE.matches) {
        list.append(receipt);
        slot.replaceChildren();
      } else {
        slot.replaceChildren(receipt);
      }
      pointer.hidden = !WIDE.matches;
    }
  }

  function clear() {
    placed.length = 0;
    list.replaceChildren(el('p', { class: 'empty' }, t('page.receipts.empty')));
  }

  WIDE.addEventListener('change', arrange);
  clear();
  return {
    clear,
    place(receipt, slot, message, number) {
      list.querySelector('.empty')?.remove();
      if (WIDE.matches) for (const one of placed) one.receipt.open = false;
      const pointer = el('button', { class: 'quiet', type: 'button', onclick: () => point(receipt) }, icon('receipt'), t('chat.why', { number }));
      message.querySelector('.tools').append(pointer);
      placed.push({ receipt, slot, pointer });
      arrange();
      if (WIDE.matches) receipt.scrollIntoView({ block: 'nearest' });
      return () => {
        placed.splice(placed.findIndex((one) => one.receipt === receipt), 1);
        receipt.remove();
        if (!placed.length) clear();
      };
    },
  };
}

function point(receipt) {
  receipt.open = true;
  receipt.scrollIntoView({ block: 'start', behavior: 'smooth' });
  receipt.classList.add('is-pointed');
  receipt.querySelector('summary').focus({ preventScroll: true });
  setTimeout(() => receipt.classList.remove('is-pointed'), 1300);
}
