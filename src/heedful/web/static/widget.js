// The chat on any website, by one tag. This file is only the button; the chat itself is loaded at the first use.
//
// <script async src="https://HOST/widget.js" data-key="hk_pub_…" data-lang="ko"></script>
// heedful('identify', () => fetch('/my/token').then((answer) => answer.text()))   who is signed in, as a signed token
// heedful('open'); heedful('close')

(() => {
  const NAME = 'heedful-chat';
  const tag = document.currentScript;
  if (!tag || customElements.get(NAME)) return; // a second copy of the tag changes nothing

  const base = tag.src.replace(/\/widget\.js(?:[?#].*)?$/, '');
  const wanted = { key: tag.dataset.key, lang: tag.dataset.lang, name: tag.dataset.name, identity: null };
  const LABELS = { en: 'Open the chat', ko: '채팅 열기' }; // the rest of the words come with the chat

  const LOOK = `
    :host { all: initial !important; position: fixed !important; inset: auto 16px 16px auto !important; z-index: 2147483000 !important; display: block !important; }
    button.launch { display: grid; place-items: center; width: 56px; height: 56px; padding: 0; border: 0; border-radius: 50%; background: var(--heedful-accent, #1d6a5a); color: #fff; cursor: pointer; box-shadow: 0 2px 6px rgb(30 25 15 / 18%), 0 8px 24px rgb(30 25 15 / 18%); transition: transform .15s; }
    button.launch:hover { transform: scale(1.05); }
    button.launch:focus-visible { outline: 3px solid var(--heedful-accent, #1d6a5a); outline-offset: 3px; }
    button.launch[hidden] { display: none; }
    .launch svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    @media (prefers-reduced-motion: reduce) { button.launch { transition: none; } }
  `;

  class HeedfulChat extends HTMLElement {
    #panel = null;
    #button = null;

    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: 'open' });
      const look = new CSSStyleSheet();
      look.replaceSync(LOOK);
      root.adoptedStyleSheets = [look];
      this.#button = launcher(this.language);
      for (const kind of ['pointerenter', 'focus']) this.#button.addEventListener(kind, () => this.#load(), { once: true });
      this.#button.addEventListener('click', () => this.open());
      root.append(this.#button);
    }

    get language() {
      return (wanted.lang || document.documentElement.lang || navigator.language || 'en').slice(0, 2).toLowerCase();
    }

    async open() {
      const panel = await this.#load();
      if (!panel) return;
      this.#button.hidden = true;
      panel.show();
    }

    async close() {
      const panel = await this.#panel;
      if (!panel) return;
      panel.hide();
      this.#button.hidden = false;
      this.#button.focus();
    }

    /** Load the chat once; when it can't be loaded the page is left as it is, and the next use tries again. */
    #load() {
      this.#panel ??= import(`${base}/static/widget-panel.js`)
        .then(({ panelIn }) =>
          panelIn(this.shadowRoot, {
            base,
            key: wanted.key,
            language: this.language,
            author: wanted.name,
            identity: () => wanted.identity?.() ?? null,
            onclose: () => this.close(),
          }),
        )
        .catch(() => (this.#panel = null));
      return this.#panel;
    }
  }

  function launcher(language) {
    const button = document.createElement('button');
    button.className = 'launch';
    button.type = 'button';
    button.setAttribute('aria-label', LABELS[language] ?? LABELS.en);
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', 'M4 5h16v11H10l-4.5 4v-4H4zM8.5 10.500l2.500 2.500 4.500-5');
    svg.append(path);
    button.append(svg);
    return button;
  }

  customElements.define(NAME, HeedfulChat);
  const chat = document.createElement(NAME);

  const verbs = {
    open: () => chat.open(),
    close: () => chat.close(),
    identify: (token) => (wanted.identity = typeof token === 'function' ? token : () => token),
  };
  const early = globalThis.heedful?.q ?? [];
  globalThis.heedful = (verb, ...rest) => verbs[verb]?.(...rest);
  const begin = () => {
    document.body.append(chat);
    for (const words of early) globalThis.heedful(...words);
  };
  if (document.body) begin();
  else addEventListener('DOMContentLoaded', begin, { once: true });
})();
