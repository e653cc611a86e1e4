/**
 * Served as `/live.js`: what carries `data-live` is fetched anew every two seconds and exchanged when it changed, unless
 * somebody has the keyboard in it. Without it the pages work all the same; one reloads them by hand.
 */
export const liveScript = `setInterval(async () => {
  if (document.hidden) return;
  const parts = [...document.querySelectorAll('[data-live]')].filter((part) => !part.contains(document.activeElement));
  if (parts.length === 0) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of parts) {
    const next = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
    if (next && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
  }
}, 2000);
`;
