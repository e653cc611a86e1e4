import { startSandbox } from './sandbox.js';

// The vendors' table is in sandbox.ts. The one line on stdout tells whoever started us where everything is.
try {
  const sandbox = await startSandbox(process.env);
  console.log(JSON.stringify({ sandbox: 'ready', ports: sandbox.ports }));
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  console.error(`The sandbox cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
