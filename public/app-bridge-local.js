/* global window, document, setTimeout, CSSStyleSheet, HTMLElement, customElements, CustomEvent, MutationObserver */
/* A stand-in for Shopify's App Bridge on a laptop, where the local login replaces Shopify admin. Never served to a shop. */
(() => {
  const bars = new Set();

  window.shopify = {
    config: {},
    idToken: async () => '',
    loading() {},
    toast: { show: (message) => notice(message), hide() {} },
    saveBar: {
      show: async (id) => element(id)?.show(),
      hide: async (id) => element(id)?.hide(),
      toggle: async (id) => element(id)?.toggle(),
      leaveConfirmation: async () => {},
    },
    modal: {
      show: async (id) => element(id)?.show(),
      hide: async (id) => element(id)?.hide(),
      toggle: async (id) => element(id)?.toggle(),
    },
  };

  function element(id) {
    return document.getElementById(id);
  }

  function notice(message) {
    const box = document.createElement('div');
    box.setAttribute('role', 'status');
    box.className = 'local-notice';
    box.textContent = message;
    document.body.append(box);
    setTimeout(() => box.remove(), 4000);
  }

  class SaveBar extends HTMLElement {
    disconnectedCallback() {
      this.hide();
    }
    get showing() {
      return bars.has(this);
    }
    /* Attributes only once it shows: before that React may still be comparing the page with what the server sent. */
    show() {
      bars.add(this);
      this.setAttribute('role', 'region');
      this.setAttribute('aria-label', 'Unsaved changes');
      this.toggleAttribute('data-showing', true);
    }
    hide() {
      bars.delete(this);
      this.toggleAttribute('data-showing', false);
    }
    toggle() {
      return this.showing ? this.hide() : this.show();
    }
  }

  /* The content lies in a dialog at the end of the page, as it lies outside the app's frame in Shopify admin. */
  class Modal extends HTMLElement {
    constructor() {
      super();
      this.content = document.createElement('div');
      this.dialog = document.createElement('dialog');
      this.dialog.className = 'local-modal';
      this.heading = document.createElement('h2');
      this.footer = document.createElement('footer');
      this.dialog.append(this.heading, this.content, this.footer);
      this.dialog.addEventListener('close', () => this.dispatchEvent(new CustomEvent('hide')));
      this.observer = new MutationObserver(() => this.drawFrame());
    }
    disconnectedCallback() {
      this.hide();
      this.dialog.remove();
      this.observer.disconnect();
    }
    drawFrame() {
      const bar = this.querySelector('ui-title-bar');
      this.heading.textContent = bar?.getAttribute('title') ?? '';
      this.dialog.setAttribute('aria-label', this.heading.textContent);
      this.footer.replaceChildren(
        ...[...(bar?.querySelectorAll('button') ?? [])].reverse().map((button) => {
          const twin = button.cloneNode(true);
          twin.addEventListener('click', () => button.click());
          return twin;
        }),
      );
    }
    show() {
      if (this.dialog.open) {
        return;
      }
      document.body.append(this.dialog);
      this.drawFrame();
      this.observer.observe(this, { subtree: true, childList: true, attributes: true, characterData: true });
      this.dialog.showModal();
      this.dispatchEvent(new CustomEvent('show'));
    }
    hide() {
      if (this.dialog.open) {
        this.dialog.close();
      }
    }
    toggle() {
      return this.dialog.open ? this.hide() : this.show();
    }
  }

  customElements.define('ui-save-bar', SaveBar);
  customElements.define('ui-modal', Modal);

  /* Shopify admin shows navigation and title outside the frame. An adopted sheet leaves the document's tree as React made it. */
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    ui-nav-menu { display: flex; gap: 4px 20px; padding: 10px 16px; background: #1a1a1a; overflow-x: auto; min-height: 44px; box-sizing: border-box }
    ui-nav-menu a { color: #e3e3e3; text-decoration: none; font: 500 13px/24px Inter, sans-serif; white-space: nowrap }
    ui-title-bar { display: none }
    ui-modal { display: none }
    ui-save-bar { display: none }
    ui-save-bar[data-showing] {
      display: flex; gap: 8px; align-items: center; justify-content: flex-end; position: fixed; inset: 0 0 auto; z-index: 600;
      box-sizing: border-box; height: 52px; padding: 8px 16px; background: #1a1a1a; color: #fff; font: 500 13px Inter, sans-serif
    }
    ui-save-bar[data-showing]::before { content: 'Unsaved changes'; margin-inline-end: auto }
    ui-save-bar button, .local-modal button {
      font: 500 13px Inter, sans-serif; padding: 6px 12px; border: 1px solid #8a8a8a; border-radius: 8px; background: #fff;
      color: #303030; cursor: pointer
    }
    ui-save-bar button[variant=primary], .local-modal button[variant=primary] { background: #303030; color: #fff }
    ui-save-bar button:disabled, .local-modal button:disabled { opacity: .6 }
    .local-modal button[tone=critical] { background: #8e0b21; color: #fff; border-color: #8e0b21 }
    .local-modal { border: 0; border-radius: 16px; padding: 0; width: min(620px, calc(100vw - 32px)); font: 13px/20px Inter, sans-serif }
    .local-modal::backdrop { background: rgb(0 0 0 / 60%) }
    .local-modal h2 { margin: 0; padding: 16px; font-size: 14px; background: #f3f3f3 }
    .local-modal footer { display: flex; justify-content: flex-end; gap: 8px; padding: 16px; border-top: 1px solid #e3e3e3 }
    .local-notice {
      position: fixed; bottom: 24px; left: 50%; transform: translateX(-50%); z-index: 1000;
      padding: 8px 16px; border-radius: 8px; background: #1a1a1a; color: #fff; font: 13px Inter, sans-serif
    }
  `);
  document.adoptedStyleSheets.push(sheet);
})();
