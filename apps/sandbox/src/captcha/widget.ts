/**
 * The browser's half of Turnstile, `/turnstile/v0/api.js`: the calls a page makes of it (render, reset, remove) and the
 * callbacks it gets. Where the true widget looks at the visitor, this one asks for a tick; each tick is a token that
 * passes once.
 */
export const widgetScript = `(() => {
  const widgets = new Map();
  let count = 0;
  const token = () => 'ok-' + Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, '0')).join('');
  window.turnstile = {
    render(target, options) {
      const box = typeof target === 'string' ? document.querySelector(target) : target;
      const id = 'sandbox-captcha-' + ++count;
      const label = document.createElement('label');
      const tick = document.createElement('input');
      tick.type = 'checkbox';
      tick.id = id;
      label.append(tick, ' I am a person (sandbox)');
      label.style.cssText = 'display:inline-flex;gap:8px;align-items:center;padding:8px 12px;border:1px solid currentColor;border-radius:4px;min-height:44px;font:inherit';
      tick.style.cssText = 'width:20px;height:20px;margin:0';
      tick.addEventListener('change', () => {
        if (tick.checked) options.callback?.(token());
        else options['expired-callback']?.();
      });
      box.replaceChildren(label);
      widgets.set(id, { box, tick, options });
      return id;
    },
    reset(id) {
      const widget = widgets.get(id);
      if (widget) widget.tick.checked = false;
    },
    remove(id) {
      widgets.get(id)?.box.replaceChildren();
      widgets.delete(id);
    },
  };
})();
`;
