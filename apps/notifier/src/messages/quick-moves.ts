import { forAll, sql } from '@latchkey/shared/persistence';
import { statesBefore } from './message.entity.js';

/**
 * The two moves that nearly every mail makes, each as one statement for all mails of a shared commit, where asking for
 * the row, locking it and writing it back were three for each mail. Which moves there are, the entity says; a mail that
 * was not moved here is somebody's exception, and its entity is asked.
 */

const mayBeSent = statesBefore('sent');
const mayBeClaimed = statesBefore('sending');

interface Claim {
  id: string;
  addressHash: string;
}

/**
 * Before the call. From here on only an answer, or SendGrid's events, can tell what became of the mail. False when
 * somebody else has it, or when its address is to get nothing.
 */
export function claimMail(claim: Claim, now: string): Promise<boolean> {
  return forAll('claim-mail', claim, async (claims) => {
    const claimed = await sql<{ id: string }>(
      `update message m set state = 'sending', attempts = attempts + 1, claimed_at = $3, next_attempt_at = null
       from unnest($1::text[], $2::text[]) as k(id, address_hash)
       where m.id = k.id and m.state = any($4::text[])
         and not exists (select from suppression s where s.address_hash = k.address_hash)
       returning m.id`,
      [claims.map(({ id }) => id), claims.map(({ addressHash }) => addressHash), now, mayBeClaimed],
    );
    return whichOf(claims, claimed);
  });
}

interface Sent {
  id: string;
  sendgridId: string | null;
}

/** SendGrid took it. False when that was known already. */
export function markMailSent(sent: Sent, now: string): Promise<boolean> {
  return forAll('mark-mail-sent', sent, async (mails) => {
    const marked = await sql<{ id: string }>(
      `update message m set state = 'sent', sendgrid_id = coalesce(k.sendgrid_id, m.sendgrid_id), sent_at = $3, next_attempt_at = null, reason = null
       from unnest($1::text[], $2::text[]) as k(id, sendgrid_id)
       where m.id = k.id and m.state = any($4::text[]) returning m.id`,
      [mails.map(({ id }) => id), mails.map(({ sendgridId }) => sendgridId), now, mayBeSent],
    );
    return whichOf(mails, marked);
  });
}

function whichOf(all: { id: string }[], moved: { id: string }[]): boolean[] {
  const ids = new Set(moved.map(({ id }) => id));
  return all.map(({ id }) => ids.has(id));
}
