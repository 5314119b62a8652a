/* global window, document, setTimeout, CSSStyleSheet */
/* A stand-in for Shopify's App Bridge on a laptop, where the local login replaces Shopify admin. Never served to a shop. */
(() => {
  const done = async () => {};
  window.shopify = {
    config: {},
    idToken: async () => '',
    loading() {},
    toast: { show: (message) => notice(message), hide() {} },
    saveBar: { show: done, hide: done, toggle: done, leaveConfirmation: done },
    modal: { show: done, hide: done, toggle: done },
  };

  function notice(message) {
    const box = document.createElement('div');
    box.setAttribute('role', 'status');
    box.className = 'local-notice';
    box.textContent = message;
    document.body.append(box);
    setTimeout(() => box.remove(), 4000);
  }

  /* Shopify admin shows navigation and title outside the frame. An adopted sheet leaves the document's tree as React made it. */
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    ui-nav-menu { display: flex; flex-wrap: wrap; gap: 4px 20px; padding: 10px 16px; background: #1a1a1a }
    ui-nav-menu a { color: #e3e3e3; text-decoration: none; font: 500 13px/24px Inter, sans-serif }
    ui-title-bar { display: none }
    .local-notice {
      position: fixed; bottom: 24px; left: 50%; transform: translateX(-50%); z-index: 1000;
      padding: 8px 16px; border-radius: 8px; background: #1a1a1a; color: #fff; font: 13px Inter, sans-serif
    }
  `);
  document.adoptedStyleSheets.push(sheet);
})();
