// A conversation on the screen: what was said, what is being written, and the form to say more.

import { newId } from './chat-core.js';
import { composer } from './composer.js';
import { el, icon, settle } from './dom.js';
import { receiptView, sourceList } from './receipt.js';
import { blocks } from './render.js';

const NEAR_PX = 96; // this close to the end, the log follows what comes

/**
 * The view of one conversation at a time; `use(chat)` gives it another one (see `chat-core.js`).
 *
 * `place(receipt, slot, message, number)` puts a receipt's element where the page wants it, and returns what takes it
 * away again; without it, it stands in the reply's own slot. `author` is the AI's name, `notice` the sentence that says so, `examples` questions to begin with.
 */
export function chatView({ t, author, notice = '', examples = [], place = intoSlot, startClosed = false }) {
  const log = el('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': t('chat.log'), tabindex: 0 });
  const announcer = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const withoutMine = el('input', { type: 'checkbox', role: 'switch', class: 'switch' });
  const person = el('button', { class: 'quiet', type: 'button', onclick: askForPerson }, icon('person'), t('chat.person'));
  const input = composer({ t, onsend: say });
  const options = el('div', { class: 'options' }, el('label', { class: 'option' }, withoutMine, el('span', {}, t('chat.without'))), person);
  input.element.append(options);
  const element = el('section', { class: 'chat', 'aria-label': t('chat.label', { author }) }, log, announcer, input.element);
  const now = { chat: null, count: 0, ran: 0 };

  function use(chat) {
    now.chat?.stop();
    now.chat = chat;
    now.ran += 1;
    now.count = 0;
    log.replaceChildren();
    tellNotice(notice);
    if (examples.length) log.append(suggestions());
  }

  /** Show the sentence that says who answers, or this one in place of the one that stands there. */
  function tellNotice(text) {
    if (!text) return;
    const words = el('p', { class: 'notice' }, el('span', { class: 'ai' }, 'AI'), text);
    const there = log.querySelector('.notice .ai')?.parentElement;
    if (there) there.replaceWith(words);
    else log.prepend(words);
  }

  function suggestions() {
    const buttons = examples.map((text) => el('li', {}, el('button', { type: 'button', class: 'example', onclick: () => say(text) }, text)));
    return el('div', { class: 'examples' }, el('p', { class: 'examples-title' }, t('chat.examples')), el('ul', {}, buttons));
  }

  function say(text) {
    log.querySelector('.examples')?.remove();
    const mine = el('article', { class: 'message mine', 'aria-label': t('chat.you') }, el('div', { class: 'words', dir: 'auto' }, text));
    log.append(mine);
    answer({ text, id: newId(), withoutMyData: withoutMine.checked }, mine);
  }

  async function answer(message, mine) {
    const { chat, ran } = now;
    const reply = replyView();
    log.append(reply.element);
    toEnd(mine);
    try {
      await chat.send(message, (event) => {
        if (ran !== now.ran) return;
        const follows = isNearEnd();
        if (event.type === 'reopened') log.insertBefore(el('p', { class: 'notice' }, t('chat.reopened')), mine);
        reply.take(event);
        if (event.type === 'done') announce(reply.words());
        if (follows) toEnd(mine);
      });
      if (reply.failure()) retryable(reply, message, mine, newId());
    } catch (problem) {
      if (ran === now.ran) refused(problem, reply, message, mine);
    }
  }

  /** The service did not take the message: waiting or rewriting it helps, or trying again does. */
  function refused(problem, reply, message, mine) {
    if (problem.status === 429) input.hold(problem.retryAfterS ?? 10);
    if (problem.status === 429 || [409, 413, 422].includes(problem.status)) {
      reply.withdraw();
      mine.remove();
      input.giveBack(message.text);
      if (problem.status !== 429) input.say(t.has(`error.${problem.code}`) ? t(`error.${problem.code}`) : t('error.refused'));
      input.focus();
      return;
    }
    reply.fail(problem.code ?? 'other');
    retryable(reply, message, mine, message.id);
  }

  function retryable(reply, message, mine, id) {
    const again = el('button', { class: 'quiet', type: 'button', onclick: retry }, icon('retry'), t('chat.retry'));
    reply.problem.append(again);
    announce(reply.problem.firstChild.textContent);
    function retry() {
      if (!reply.words()) reply.withdraw();
      else again.remove();
      if (log.lastElementChild !== mine) log.append(mine);
      answer({ ...message, id }, mine);
      input.focus();
    }
  }

  function replyView() {
    const { chat } = now;
    now.count += 1;
    const receipt = receiptView(t, now.count);
    if (startClosed) receipt.element.removeAttribute('open');
    const slot = el('div', { class: 'receipt-slot' });
    const words = el('div', { class: 'words', dir: 'auto' });
    const stop = el('button', { class: 'quiet stop', type: 'button', onclick: () => chat.stop() }, icon('stop'), t('chat.stop'));
    const told = el('span', { class: 'stage' }, t('stage.waiting'));
    const status = el('div', { class: 'status' }, el('span', { class: 'pulse', 'aria-hidden': 'true' }), told, stop);
    const sources = el('ol', { class: 'sources' });
    const problem = el('div', { class: 'problem', hidden: true });
    const tools = el('div', { class: 'tools', hidden: true });
    const by = el('div', { class: 'by' }, el('span', { class: 'ai' }, 'AI'), author);
    const element = el('article', { class: 'message theirs', 'aria-label': author, 'aria-busy': 'true' }, by, words, status, problem, sources, tools, slot);
    const said = { text: '', items: [], offer: '', failure: null };

    function show() {
      settle(words, blocks(said.text, said.items, (item) => t('chat.source', { n: item.n, title: item.title })));
    }

    function finish() {
      status.remove();
      element.setAttribute('aria-busy', 'false');
      if (!said.text) return;
      tools.hidden = false;
      tools.append(copyButton(t, () => said.text.trim()));
    }

    const takes = {
      status: ({ stage }) => (told.textContent = t.has(`stage.${stage}`) ? t(`stage.${stage}`) : t('stage.waiting')),
      connection({ isLost, isOffline }) {
        if (isLost) told.textContent = t(isOffline ? 'stage.offline' : 'stage.lost');
        else if ([t('stage.offline'), t('stage.lost')].includes(told.textContent)) told.textContent = t('stage.waiting');
      },
      text(content) {
        said.text += content.text;
        show();
      },
      citations(content) {
        said.items = content.items ?? [];
        sources.replaceChildren(...sourceList(t, said.items));
        show();
      },
      reply(content) {
        if (content.language) words.setAttribute('lang', content.language);
      },
      hand_off(content) {
        element.insertBefore(handOff(t, content), sources);
      },
      async offer(content) {
        said.offer = content.text;
        const { offerCard } = await import('./offer.js'); // most conversations have none
        const isFollowed = isNearEnd();
        element.insertBefore(offerCard(t, content, (accept) => chat.answerOffer(content.id, accept)), slot);
        if (isFollowed) toEnd(element);
      },
      error(content) {
        fail(content.code);
      },
      done({ stopped }) {
        finish();
        if (stopped) element.insertBefore(el('p', { class: 'aside' }, t('chat.stopped')), sources);
      },
    };

    function fail(code) {
      said.failure = code;
      problem.hidden = false;
      problem.replaceChildren(el('p', {}, t.has(`error.${code}`) ? t(`error.${code}`) : t('error.other')));
      status.remove();
      element.setAttribute('aria-busy', 'false');
      receipt.take({ type: 'error', content: {} });
    }

    const unplace = place(receipt.element, slot, element, now.count);
    return {
      element,
      problem,
      fail,
      failure: () => said.failure,
      /** Take it off the screen, as if it had never been begun. */
      withdraw() {
        element.remove();
        unplace();
        now.count -= 1;
      },
      words: () => [said.text.trim(), element.querySelector('.handoff')?.innerText, said.offer].filter(Boolean).join('\n'),
      take(event) {
        receipt.take(event);
        if (Object.hasOwn(takes, event.type)) takes[event.type](event.content);
      },
    };
  }

  async function askForPerson() {
    person.disabled = true;
    const { ran } = now;
    try {
      await now.chat.handOff();
      if (ran !== now.ran) return;
      log.querySelector('.examples')?.remove();
      const told = handOff(t, { text: t('handoff.asked'), next: t('handoff.next') });
      log.append(told);
      announce(told.innerText);
      toEnd(told);
    } catch (problem) {
      if (problem.status === 429) input.hold(problem.retryAfterS ?? 10);
      else input.say(t('error.unreachable'));
    } finally {
      person.disabled = false;
    }
  }

  function announce(text) {
    announcer.textContent = text;
  }

  function isNearEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
  }

  /** Scroll to the end, but never so far that `start` leaves the screen: a reply is read from its beginning. */
  function toEnd(start) {
    log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, start.offsetTop - 8);
  }

  return { element, use, say, tellNotice, focus: input.focus };
}

/** What is said when a person takes over: it is a state of the conversation, and looks like one. */
function handOff(t, { text, next }) {
  const words = [el('strong', {}, t('handoff.title')), el('p', {}, text), next ? el('p', { class: 'fine' }, next) : null];
  return el('div', { class: 'handoff', role: 'group' }, icon('person'), el('div', {}, words));
}

/** A button that copies what `textOf` gives, and says so. */
export function copyButton(t, textOf) {
  const label = el('span', {}, t('chat.copy'));
  return el('button', { class: 'quiet copy', type: 'button', onclick: copy }, icon('copy'), label);

  async function copy() {
    try {
      await navigator.clipboard.writeText(textOf());
      label.textContent = t('chat.copied');
    } catch {
      label.textContent = t('chat.copy_failed');
    }
    setTimeout(() => (label.textContent = t('chat.copy')), 2000);
  }
}

function intoSlot(receipt, slot) {
  slot.append(receipt);
  return () => receipt.remove();
}
