/** The guides and legal texts that are written (apps/web/src/guides); mails link to them. */
const guides = ['quickstart', 'api', 'examples'];
const legalTexts = ['terms', 'privacy', 'data-processing-agreement'];

/**
 * The addresses of the web application's pages. Everything else is answered by the API, so a mistyped address of a
 * program gets a problem and not a page.
 */
const pageRoutes: readonly RegExp[] = [
  /^\/$/,
  /^\/(signup|login|forgot-password|reset-password|setup)$/,
  /^\/onboarding\/success$/,
  /^\/(verify|progress)\/[\w-]{1,64}$/,
  /^\/app(\/[\w-]{1,64}){0,2}$/,
  /^\/settings\/advanced$/,
  /^\/console(\/[\w.-]{1,64}){0,3}$/,
  new RegExp(`^/docs(/(${guides.join('|')}))?$`),
  new RegExp(`^/legal/(${legalTexts.join('|')})$`),
];

export function isPage(path: string): boolean {
  return pageRoutes.some((route) => route.test(path));
}
