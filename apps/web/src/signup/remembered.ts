/** For coming back in the same tab: which signup is under way, and the address for the log-in form. Gone with the tab. */
type Key = 'tenant' | 'email';

export function remember(key: Key, value: string): void {
  try {
    sessionStorage.setItem(`latchkey.${key}`, value);
  } catch {
    // Storage can be forbidden; then there is just nothing to come back to.
  }
}

export function recall(key: Key): string | null {
  try {
    return sessionStorage.getItem(`latchkey.${key}`);
  } catch {
    return null;
  }
}
