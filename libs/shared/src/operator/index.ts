export { audit, type OperatorAct } from './audit.js';
