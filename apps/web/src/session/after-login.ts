/** Where a member goes: where they wanted to, else to the wizard, which passes on who has finished it. */
export function afterLogin(next: string | null): string {
  // Only our own pages: an address of elsewhere in the link must not lead there (open redirect).
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/setup';
}
