/** What a stranger is made of, for whoever tells other stories than the one in stranger.ts (e2e/chaos). */
export { addressesFrom, type Addresses } from './addresses.js';
export { Customer } from './customer.js';
export { NoAnswer, Refusal, request, requestJson } from './http.js';
export { codeIn, Mailbox } from './mailbox.js';
export { ownDocument } from './own-document.js';
export { OutOfPatience, Patience } from './patience.js';
export { percentile } from './percentiles.js';
export { CheckoutExpired, payByCard, stayOnSuccessPage } from './pay.js';
export { StatusWatch, type Ending } from './watch-status.js';
