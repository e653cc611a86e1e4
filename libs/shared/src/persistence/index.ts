export { Door } from './door.js';
export { endWhenSilent } from './end-when-silent.js';
export { factsOf, type RecordedFact } from './facts-of.js';
export { createOrm } from './orm.js';
export { afterCommit, em, forAll, lastly, queryWithCommit, record, sql } from './transaction.js';
