export { bearerToken } from './bearer-token.js';
export { OpenApi, Responds } from './openapi.js';
export { OperatorGuard } from './operator.guard.js';
export { problemBody, sendProblem, toProblemError } from './problem-filter.js';
export { WindowCounter } from './window-counter.js';
