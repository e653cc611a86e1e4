import type { Offer } from '@latchkey/contracts';

/** What is for sale at this installation. The gateway writes it into the page, so it is there before anything is asked. */
export const offer = read();

function read(): Offer {
  const text = document.getElementById('offer')?.textContent ?? '';
  try {
    return JSON.parse(text) as Offer;
  } catch {
    throw new Error('This page was not served by the gateway: the offer is missing in it.');
  }
}

export function priceText(cents: number): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 }).format(
    cents / 100,
  );
}
