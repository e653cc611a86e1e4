export { bearerToken } from './bearer-token.js';
export { HealthController, READINESS, type Readiness } from './health.controller.js';
export { OpenApi, Responds } from './openapi.js';
export { OPERATOR_TOKEN, OperatorGuard } from './operator.guard.js';
export { problemBody, ProblemFilter, sendProblem, toProblemError } from './problem-filter.js';
export { requestScope } from './request-scope.js';
export { createValidationPipe } from './validation-pipe.js';
export { WindowCounter } from './window-counter.js';
