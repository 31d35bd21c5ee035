// What a signed-in customer may ask of the service about their own data. Knows no page.

import { Problem, call, newId } from './chat-core.js';

const LIMIT = 10; // receipts at a time

/**
 * The customer's own door to the service.
 *
 * `identity` is a function that gives a fresh token of the customer (or a promise of it); it, or what it gives, is `null`
 * where nobody is signed in. A token is kept until the next `begin`, or until the service refuses it. Each call throws
 * `Problem`, with the code `unverified` where there is no token.
 */
export function me({ base = '', language, identity }) {
  let token = null;

  async function ask(path, { method = 'GET', body = null, headers = {} } = {}) {
    const isKept = Boolean(token);
    token ??= (await identity?.()) ?? null;
    if (!token) throw new Problem({ code: 'unverified', status: 403 });
    try {
      return await call(`${base}/v1/me${path}`, { method, body, headers: { ...headers, Authorization: `Bearer ${token}` } });
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      token = null;
      if (!isKept) throw problem;
      return ask(path, { method, body, headers });
    }
  }

  const json = async (path, request) => (await ask(path, request)).json();
  const spoken = `language=${encodeURIComponent(language)}`;

  return {
    /** Ask for a fresh token next: somebody else may have signed in since. */
    begin: () => (token = null),
    /** Facts, purposes, notice, corrections and hold. */
    all: () => json(`?${spoken}`),
    /** Say given, refused or withdrawn for a purpose, or only for a category or a fact in it; the purpose as it stands then. */
    decide: (purpose, said) => json(`/consents/${encodeURIComponent(purpose)}`, { method: 'PUT', body: { ...said, language } }),
    /** All that was ever said, oldest first. */
    decisions: async () => (await json(`/consents?${spoken}`)).items ?? [],
    /** Some receipts, newest first, and where the next begin (`null`: there are no more). */
    receipts: (cursor = null) => json(`/receipts?${spoken}&limit=${LIMIT}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`),
    receipt: (id) => json(`/receipts/${encodeURIComponent(id)}`),
    correct: (fact, value) => json('/corrections', { method: 'POST', body: { fact, value }, headers: { 'Idempotency-Key': newId() } }),
    remove: (fact) => ask(`/facts/${encodeURIComponent(fact)}`, { method: 'DELETE' }),
    /** Everything, as `json` or as readable `html`: the file's content. */
    copy: async (format) => (await ask(`/export?${spoken}&format=${format}`)).blob(),
    /** Erase everything; the erasure's receipt. */
    erase: () => json('', { method: 'DELETE' }),
  };
}
