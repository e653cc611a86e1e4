/** What a stranger is made of, for whoever tells other stories than the one in stranger.ts (e2e/chaos). */
export { audit } from './audit.js';
export { addressesFrom, type Addresses } from './addresses.js';
export { Customer } from './customer.js';
export { NoAnswer, Refusal, request, requestJson } from './http.js';
export { codeIn, Mailbox } from './mailbox.js';
export { ownDocument } from './own-document.js';
export { Patience } from './patience.js';
export { CannotGoOn } from './options.js';
export { percentile } from './percentiles.js';
export { CheckoutExpired, payByCard, stayOnSuccessPage } from './pay.js';
export { type Report, reportOf } from './report.js';
export { StageTimes } from './stages.js';
export { type Journey, Stranger } from './stranger.js';
export { StatusWatch, type Ending } from './watch-status.js';
