// One conversation with the service: open it, send, come back after a lost connection, stop. Knows no page.

import { events } from './sse.js';

const ATTEMPTS = 6; // without any word in between: about half a minute
const SILENCE_MS = 45_000; // three heartbeats
const STOP_MS = 4000; // how long a stopped reply may take to say so

/** What the service refused or could not do. `code` is stable; `retryAfterS` is set when waiting helps. */
export class Problem extends Error {
  constructor({ code, status = 0, title = '', detail = '', retryAfterS = null }) {
    super(detail || title || code);
    Object.assign(this, { code, status, title, detail, retryAfterS });
  }

  get isPassing() {
    return this.status === 0 || [502, 503, 504].includes(this.status);
  }
}

/**
 * A conversation that opens itself with its first message.
 *
 * `base` is the service's address, empty for the page's own; `identity` is a customer's token, or a function that
 * gives a fresh one (or a promise of it). Answers come in the language of the customer's words; `language` is the page's,
 * for the notice and where the words do not say. `onopen` gets what the service says when it opens one: its `notice`.
 */
export function connect({ base = '', key, language = null, identity = null, onopen = () => {} }) {
  const state = { opened: null, opening: newId(), lastId: 0, queue: Promise.resolve(), reply: null };

  async function open() {
    if (state.opened) return;
    const token = typeof identity === 'function' ? await identity() : identity;
    const body = { channel: 'chat' };
    if (language) body.language = language;
    if (token) body.identity = token;
    const headers = { Authorization: `Bearer ${key}`, 'Idempotency-Key': state.opening };
    const response = await call(`${base}/v1/conversations`, { headers, body });
    state.opened = await response.json();
    state.opening = newId();
    state.lastId = 0;
    onopen(state.opened);
  }

  function inConversation(path) {
    return `${base}/v1/conversations/${encodeURIComponent(state.opened.id)}/${path}`;
  }

  function allowed(more = {}) {
    return { Authorization: `Bearer ${state.opened.token}`, ...more };
  }

  /** Get the stream of a reply: by sending the message, or, when its reply is known, from the last event on. */
  function streamOf(message, reply, signal) {
    const accept = { Accept: 'text/event-stream' };
    if (reply.id) {
      const headers = allowed({ ...accept, 'Last-Event-ID': String(state.lastId) });
      return call(inConversation('events'), { headers, signal, method: 'GET' });
    }
    const body = { text: message.text, client_message_id: message.id, without_my_data: message.withoutMyData };
    return call(inConversation('messages'), { headers: allowed(accept), body, signal });
  }

  /** Tell each event of this reply once, in order; whether its end has come. */
  async function listen(response, reply, alive) {
    for await (const event of events(response.body)) {
      alive();
      if (!event.type || !event.data) continue;
      const content = JSON.parse(event.data);
      const id = Number(event.id ?? 0);
      if (id && id <= state.lastId) continue;
      if (id) state.lastId = id;
      reply.id ??= content.reply_id || null;
      if (content.reply_id !== reply.id || event.type === 'customer') continue;
      reply.tell({ type: event.type, content });
      if (event.type === 'done') return true;
    }
    return false;
  }

  async function exchange(message, tell) {
    const reply = { id: null, tell, aborter: null, isOver: false };
    state.reply = reply;
    let reopened = false;
    try {
      for (let attempt = 0; !reply.isOver; attempt += 1) {
        const before = state.lastId;
        try {
          await open();
          if (await once(message, reply)) return;
          throw new Problem({ code: 'dropped' });
        } catch (error) {
          const problem = asProblem(error);
          if (reply.isOver) return;
          if (!reopened && !reply.id && [401, 404].includes(problem.status) && state.opened) {
            reopened = true;
            state.opened = null;
            tell({ type: 'reopened', content: {} });
            continue;
          }
          if (state.lastId > before) attempt = 0;
          if (!problem.isPassing || attempt + 1 >= ATTEMPTS) throw problem;
          tell({ type: 'connection', content: { isLost: true, isOffline: isOffline() } });
          await pause(attempt);
        }
      }
    } finally {
      state.reply = null;
    }
  }

  async function once(message, reply) {
    const aborter = new AbortController();
    reply.aborter = aborter;
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => aborter.abort(), SILENCE_MS);
    };
    alive();
    try {
      const response = await streamOf(message, reply, aborter.signal);
      reply.tell({ type: 'connection', content: { isLost: false, isOffline: false } });
      return await listen(response, reply, alive);
    } finally {
      clearTimeout(timer);
      aborter.abort();
    }
  }

  return {
    /** Send a message; `tell` gets each event of its reply. Messages are taken one after the other. */
    send({ text, id = newId(), withoutMyData = false }, tell) {
      const sent = state.queue.then(() => exchange({ text, id, withoutMyData }, tell));
      state.queue = sent.catch(() => {});
      return sent;
    },
    /** End the reply being written. What was shown stays; when the service can't be reached, only we stop. */
    async stop() {
      const reply = state.reply;
      if (!reply) return;
      let isHeard = false;
      try {
        const response = state.opened && reply.id && (await call(inConversation('stop'), { headers: allowed() }));
        isHeard = Boolean(response && (await response.json()).stopped);
      } catch {
        // whether or not it was heard, the customer has stopped
      }
      if (isHeard) await new Promise((resolve) => setTimeout(resolve, STOP_MS));
      if (state.reply !== reply) return;
      reply.isOver = true;
      reply.aborter?.abort();
      reply.tell({ type: 'done', content: { stopped: true } });
    },
    /** Say yes or no to an offer of this conversation; whether it is stored now. */
    async answerOffer(id, accept) {
      const response = await call(`${base}/v1/me/offers/${encodeURIComponent(id)}`, { headers: allowed(), body: { accept } });
      return response.json();
    },
    /** Ask for a person to take over. */
    async handOff() {
      for (let tries = 0; ; tries += 1) {
        try {
          await open();
          await call(inConversation('hand-off'), { headers: allowed() });
          return;
        } catch (error) {
          if (!asProblem(error).isPassing || tries >= 2) throw error;
          await pause(tries);
        }
      }
    },
  };
}

/** A name for a message that no other message has. */
export function newId() {
  return globalThis.crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-');
}

/**
 * Call the service with JSON.
 * Throws `Problem`: what it refused, or `unreachable` (status 0) when there was no answer at all.
 */
export async function call(address, { headers = {}, body = null, method = 'POST', signal = null } = {}) {
  const sent = body === null ? headers : { ...headers, 'Content-Type': 'application/json' };
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: sent,
      signal,
      body: body === null ? undefined : JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch {
    throw new Problem({ code: 'unreachable' });
  }
  if (response.ok) return response;
  throw await problemIn(response);
}

async function problemIn(response) {
  let said = {};
  try {
    said = await response.json();
  } catch {
    // a proxy's page says nothing that a customer could use
  }
  const after = Number(response.headers.get('Retry-After'));
  return new Problem({
    code: said.code ?? (response.status === 429 ? 'rate_limited' : 'refused'),
    status: response.status,
    title: said.title,
    detail: said.detail,
    retryAfterS: Number.isFinite(after) && after > 0 ? after : response.status === 429 ? 10 : null,
  });
}

function asProblem(error) {
  return error instanceof Problem ? error : new Problem({ code: 'dropped' });
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}

/** Wait longer each time, up to 8 s; while the machine is offline, until it is back. */
async function pause(attempt) {
  if (isOffline()) {
    await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
    return;
  }
  const longest = Math.min(8000, 400 * 2 ** attempt);
  const wait = longest * (0.5 + Math.random() / 2);
  await new Promise((resolve) => {
    const timer = setTimeout(go, wait);
    function go() {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    }
    addEventListener('online', go);
  });
}
