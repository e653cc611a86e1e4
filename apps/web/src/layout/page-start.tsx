import { useEffect, useRef } from 'react';
import { useLocation, useNavigationType } from 'react-router';

/**
 * A page that somebody goes to begins at its top, and so do the keyboard and the screen reader; the browser does that only
 * when a page is loaded. Going back stays with the browser, and a page that focuses a field of its own keeps it.
 */
export function PageStart() {
  const { pathname } = useLocation();
  const type = useNavigationType();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    if (type === 'POP') return;
    globalThis.scrollTo(0, 0);
    const main = document.getElementById('main');
    if (!main?.contains(document.activeElement)) main?.focus({ preventScroll: true });
  }, [pathname, type]);
  return null;
}
