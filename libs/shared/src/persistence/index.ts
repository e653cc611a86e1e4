export { Door } from './door.js';
export { factsOf, type RecordedFact } from './facts-of.js';
export { migrateDatabase, type MigrationClass } from './migrate.js';
export { createOrm, schemaDrift } from './orm.js';
export { tendOutbox } from './outbox.js';
export { afterCommit, em, forAll, isInsideTransaction, lastly, queryWithCommit, record, sql } from './transaction.js';
