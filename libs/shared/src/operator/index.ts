export { audit, type OperatorAct } from './audit.js';
export { ReadDeadLetters } from './read-dead-letters.js';
export { SettleDeadLetters } from './settle-dead-letters.js';
