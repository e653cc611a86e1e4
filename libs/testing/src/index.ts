export { startTestSandbox, type TestSandbox } from './sandbox-process.js';
export { startSessionIssuer, type SessionIssuer } from './session-issuer.js';
export { createTestDatabase, startTestNats, testPostgres, type TestDatabase, type TestNats } from './servers.js';
export { operatorToken, startWorld, World, type SeenEvent, type WorldOptions } from './world.js';
