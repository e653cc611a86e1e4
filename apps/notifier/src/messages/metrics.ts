import { counter } from '@latchkey/shared/observability';

/** Bounce and failure rates are alerts on ratios of these; they need a minimum count (FEATURES section 5, trap 14). */
export const emailsTotal = counter('notifier_emails_total', 'What became of each mail.', ['template', 'outcome']);
