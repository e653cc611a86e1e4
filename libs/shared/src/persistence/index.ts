export { Door } from './door.js';
export { factsOf, type RecordedFact } from './facts-of.js';
export { createOrm, migrate, schemaDrift, type MigrationClass } from './orm.js';
export { tendOutbox } from './outbox.js';
export { afterCommit, em, isInsideTransaction, lastly, record, sql } from './transaction.js';
