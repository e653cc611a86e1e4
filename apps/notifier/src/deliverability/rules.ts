import { isIP } from 'node:net';
import type { LintedEmail } from './lint-email.js';
import { buttonsOf, linksOf, visibleText, withoutNames } from './mail-text.js';
import { spamPhrases } from './spam-phrases.js';

interface Rule<Name extends string> {
  name: Name;
  /** What breaking it costs of the ten points; 10 forbids the mail outright. */
  weight: number;
  /** What was found; nothing means fine. */
  check: (email: LintedEmail) => string[];
}

const rule = <Name extends string>(name: Name, weight: number, check: Rule<Name>['check']): Rule<Name> => ({
  name,
  weight,
  check,
});

const genericSender =
  /^(no[-_.]?reply|do[-_.]?not[-_.]?reply|donotreply|admin|administrator|mailer(-daemon)?|postmaster|root|info)$/i;

/** True for an address that no person stands behind: F5's first spam trigger, refused at boot as well. */
export function isGenericSender(address: string): boolean {
  return genericSender.test(address.split('@', 1)[0]?.split('+', 1)[0] ?? '');
}

/** Capitals that are words of the trade. */
const acronyms = new Set(
  'RAG API PDF TXT DOCX HTML HTTP HTTPS URL UTC GDPR DPA FAQ LLM USD EUR POST GET SSO JSON SQL CSV'.split(' '),
);
const shorteners = new Set(
  'bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly shorturl.at rb.gy t.ly tiny.cc lnkd.in'.split(
    ' ',
  ),
);
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);
const subjectLengthMax = 78;
const linksMax = 8;

/** All that a reader sees, names of products and companies cut out. */
const wordsOf = (email: LintedEmail) =>
  [email.subject, visibleText(email.html), email.text].map((part) => withoutNames(part, email.names)).join('\n');

const found = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([match]) => match.trim())),
];

/** F5's rules, in the order a person would fix them. Weights: what filters punish hardest costs most. */
export const rules = [
  rule('sender_generic', 3, ({ from }) => (isGenericSender(from.email) ? [from.email] : [])),
  rule('sender_unnamed', 1, ({ from }) => (from.name ? [] : [from.email])),
  rule('reply_impossible', 2, ({ replyTo }) => (replyTo !== undefined && isGenericSender(replyTo) ? [replyTo] : [])),
  rule('reply_not_invited', 1, (email) =>
    email.audience === 'ops' || /\brepl(y|ies)\b/i.test(visibleText(email.html)) ? [] : ['no word about replying'],
  ),
  rule('subject_missing', 10, ({ subject }) => (subject.trim() === '' ? ['(empty)'] : [])),
  rule('subject_too_long', 1, ({ subject }) =>
    subject.length > subjectLengthMax ? [`${subject.length} characters`] : [],
  ),
  rule('excessive_punctuation', 2, (email) => found(wordsOf(email), /[!?]{2,}/g)),
  rule('all_caps', 2, (email) =>
    found(wordsOf(email), /(?<![\p{L}\p{N}_-])\p{Lu}{3,}(?![\p{L}\p{N}_-])/gu).filter((word) => !acronyms.has(word)),
  ),
  rule('spam_phrase', 2, (email) => spamPhrases.flatMap((phrase) => found(wordsOf(email), phrase))),
  rule('link_insecure', 2, (email) =>
    linksOf(email).filter((link) => {
      const url = parse(link);
      if (url?.protocol === 'mailto:' || url?.protocol === 'https:') return false;
      return !(url?.protocol === 'http:' && email.allowLoopbackLinks && loopbackHosts.has(url.hostname));
    }),
  ),
  rule('link_to_ip_address', 3, (email) =>
    linksOf(email).filter((link) => {
      const host = parse(link)?.hostname ?? '';
      return isIP(host.replace(/^\[|\]$/g, '')) > 0 && !(email.allowLoopbackLinks && loopbackHosts.has(host));
    }),
  ),
  rule('link_shortened', 3, (email) => linksOf(email).filter((link) => shorteners.has(parse(link)?.hostname ?? ''))),
  rule('links_too_many', 1, (email) => (linksOf(email).length > linksMax ? [`${linksOf(email).length} links`] : [])),
  rule('call_to_action_unclear', 1, (email) => {
    const buttons = buttonsOf(email.html);
    if (buttons.length > 1) return buttons;
    return linksOf(email).length > 0 && buttons.length === 0 ? ['links, but none stands out'] : [];
  }),
  rule('html_missing', 1, ({ html }) => (html.trim() === '' ? ['no HTML part'] : [])),
  rule('text_missing', 2, ({ text }) => (text.trim() === '' ? ['no plain text part'] : [])),
  rule('impersonal', 1, ({ audience, company, subject, html }) => {
    if (audience !== 'customer') return [];
    return company && `${subject} ${visibleText(html)}`.includes(company)
      ? []
      : ['the customer’s company is not named'];
  }),
  rule('unresolved_placeholder', 10, (email) =>
    found(
      `${email.subject}\n${email.html}\n${email.text}`,
      /\{\{[^}]*\}\}|\$\{[^}]*\}|\[object Object\]|\bundefined\b|\bNaN\b|\bInvalid Date\b/g,
    ),
  ),
  rule('secret_in_mail', 10, (email) =>
    found(
      `${email.subject}\n${email.html}\n${email.text}`,
      /\b(sk|rk|pk)_(live|test)_\w{4,}|\bwhsec_\w{4,}|\bpcsk_\w{4,}|\bSG\.[\w-]{8,}|\bsk-[\w-]{16,}/g,
      // The finding must not spread what it warns of.
    ).map((secret) => `${secret.slice(0, 8)}…`),
  ),
];

export type RuleName = (typeof rules)[number]['name'];

function parse(link: string): URL | undefined {
  return URL.canParse(link) ? new URL(link) : undefined;
}
