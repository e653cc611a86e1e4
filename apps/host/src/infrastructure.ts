import type { ChildProcess } from 'node:child_process';
import {
  cacheDir,
  databaseResponds,
  findNatsServer,
  hasExited,
  natsIsHealthy,
  startNats,
  startPostgres,
} from '@latchkey/local';
import { lastLinesOf, rotateLog } from './log-file.js';
import type { Part, RunningPart } from './part.js';

/** Far longer than an answer takes on a busy machine. */
const answerWithinMs = 5_000;

interface Place {
  dataDir: string;
  port: number;
  logFile: string;
}

/** PostgreSQL as a part: its data survives a power cut (fsync on), it dies and comes back as any other part. */
export function postgresPart({ dataDir, port, logFile }: Place): Part {
  let rotated = false;
  return {
    name: 'postgres',
    ports: { PostgreSQL: port },
    waitsFor: [],
    uses: [],
    env: {},
    start: async () => {
      if (!rotated) rotateLog(logFile);
      rotated = true;
      const server = await startPostgres({ dataDir, port, logFile });
      return {
        ...asRunning(server.child, () => server.stop(), logFile),
        isHealthy: () => databaseResponds(server.url('postgres'), answerWithinMs),
      };
    },
  };
}

/** nats-server as a part. `onProgress` tells about the download, which only the first start on a machine needs. */
export function natsPart(place: Place & { httpPort: number; onProgress: (line: string) => void }): Part {
  const { dataDir, port, httpPort, logFile, onProgress } = place;
  let rotated = false;
  return {
    name: 'nats',
    ports: { NATS: port, 'NATS monitoring': httpPort },
    waitsFor: [],
    uses: [],
    env: {},
    start: async () => {
      if (!rotated) rotateLog(logFile);
      rotated = true;
      const binary = await findNatsServer({ cacheDir: cacheDir(), onProgress });
      const server = await startNats({ binary, storeDir: dataDir, port, httpPort, logFile, syncAlways: true });
      return {
        ...asRunning(server.child, () => server.stop(), logFile),
        isHealthy: () => natsIsHealthy(httpPort, answerWithinMs),
      };
    },
  };
}

function asRunning(child: ChildProcess, stop: () => Promise<boolean>, logFile: string): RunningPart {
  child.ref();
  return {
    pid: child.pid ?? 0,
    ended: new Promise((resolve) => {
      if (hasExited(child)) resolve('ended right after its start');
      child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`));
    }),
    lastWords: () => lastLinesOf(logFile, 5),
    stop,
    kill: () => void child.kill('SIGKILL'),
  };
}
