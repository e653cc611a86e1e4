/** `completed_payment` as a person reads it. */
export function spoken(name: string): string {
  const words = name.replaceAll(/[_-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
export const timeText = (instant: string): string => moment.format(new Date(instant));

/** A sentence of a service with its instants as a person reads them. */
export const withTimes = (text: string): string =>
  text.replaceAll(/\b\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?Z/g, (instant) => timeText(instant));

export const moneyText = (cents: number, currency: string): string =>
  new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(cents / 100);

export const percentText = (percent: number): string => `${percent.toFixed(1)} %`;

/** `signup.tenant-signed-up.v1`: whose fact, and which. */
export function factOf(type: string): { owner: string; name: string } {
  const [owner = '', name = type] = type.split('.');
  return { owner, name: spoken(name) };
}
