/** How far the tenants that are there already have come. The shares add up to 100. */
export const ways = {
  /** Signed up and never paid. */
  expired: 20,
  /** Paid, and nobody came. */
  silent: 10,
  /** Came, and the first question failed. */
  troubled: 5,
  /** Has an answer and no document. */
  answered: 15,
  activated: 40,
  /** Was activated and left. */
  cancelled: 5,
  /** Could not be provisioned; the money went back. */
  compensated: 5,
} as const;
export type Way = keyof typeof ways;

export const paid: readonly Way[] = ['silent', 'troubled', 'answered', 'activated', 'cancelled', 'compensated'];
export const provisioned: readonly Way[] = ['silent', 'troubled', 'answered', 'activated', 'cancelled'];
export const came: readonly Way[] = ['troubled', 'answered', 'activated', 'cancelled'];
export const activated: readonly Way[] = ['activated', 'cancelled'];

/** Within the funnel's and the outbox's 30 days: nobody falls out of a window, which is the hardest case. */
const overDays = 29.5;

/** SQL that is true for the people of these ways. */
export const isOn = (some: readonly Way[]) => `way in (${some.map((way) => `'${way}'`).join(', ')})`;

/** SQL: the first way whose shares reach the person's hundredth. */
function wayOfHundredth(hundredth: string): string {
  let until = 0;
  const cases = Object.entries(ways).map(([way, share]) => `when ${hundredth} < ${(until += share)} then '${way}'`);
  return `case ${cases.join(' ')} end`;
}

/**
 * SQL for the temporary table `person`, from number $1 to $2: who they are and when they came, the same in every database.
 * They came evenly over the last 30 days, in the order of their numbers; `$3` is now.
 */
export const makePeople = `
  create temp table person as
  select n, 'tenant_' || substr(md5('bench' || n), 1, 16) as tenant_id, ${wayOfHundredth('n * 37 % 100')} as way,
    (array['starter', 'starter', 'pro'])[1 + n % 3] as plan,
    date_trunc('milliseconds', $3::timestamptz - interval '1 day' * ${overDays} * (1 - (n - $1::int) / ($2::int - $1::int + 1.0))) as at
  from generate_series($1::int, $2::int) as n`;
