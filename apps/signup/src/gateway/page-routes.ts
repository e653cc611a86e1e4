/** The guides and legal texts that are written (apps/web/src/guides); mails link to them. */
const guides = ['quickstart', 'api', 'examples'];
const legalTexts = ['terms', 'privacy', 'data-processing-agreement'];

/** The addresses of the web application's pages. Everything else is answered by the API, but see `isMistypedPage`. */
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

/** What only programs ask for, and what is a file: a problem tells more there than a page. */
const notForPeople = /^\/(api|v\d+|assets|health)(\/|$)|\./;

/**
 * A browser that asks for a page where nothing is. The person before it is told so in words; a program, which does not
 * ask for HTML, gets a problem.
 */
export function isMistypedPage(path: string, accept: string | undefined): boolean {
  return (accept ?? '').includes('text/html') && !notForPeople.test(path);
}
