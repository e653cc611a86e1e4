import { hasExited, stopChild, tieToThisProcess, waitForPort } from '@latchkey/local';
import { portOffsets } from '@latchkey/contracts';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ruleFiles } from '../alerts/rules.js';
import { repoDir } from '../repo.js';
import { fasterRules } from './faster.js';
import { Sink } from './sink.js';

export interface Place {
  portBase: number;
  dataDir: string;
  programs: { prometheus: string; alertmanager: string };
}

/** As often as a scrape may take, because a service waits 3 s for what it cannot measure. */
const scrapeSeconds = 4;
const offsets = { prometheus: 40, alertmanager: 41, sink: 42 } as const;

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}
interface AlertmanagerConfig {
  route: Record<string, unknown>;
  receivers: Record<string, unknown>[];
}

/** Prometheus and Alertmanager with the project's own files; only addresses, and times that make an hour pass in seconds, are others. */
export class Monitoring {
  private constructor(
    private readonly children: ChildProcess[],
    readonly sink: Sink,
    readonly url: string,
  ) {}

  static async start({ portBase, dataDir, programs }: Place): Promise<Monitoring> {
    const at = (name: keyof typeof offsets) => `127.0.0.1:${portBase + offsets[name]}`;
    mkdirSync(join(dataDir, 'alerts'), { recursive: true });
    for (const [name, file] of ruleFiles())
      writeFileSync(join(dataDir, 'alerts', name), stringify(fasterRules(file), { lineWidth: 0 }));
    writeFileSync(join(dataDir, 'prometheus.yml'), prometheusConfig(portBase, dataDir, at('alertmanager')));
    writeFileSync(join(dataDir, 'alertmanager.yml'), alertmanagerConfig(`http://${at('sink')}/`));
    const sink = new Sink(portBase + offsets.sink);
    const children = [
      run(programs.alertmanager, dataDir, 'alertmanager', [
        `--config.file=${join(dataDir, 'alertmanager.yml')}`,
        `--storage.path=${join(dataDir, 'alertmanager')}`,
        `--web.listen-address=${at('alertmanager')}`,
        '--cluster.listen-address=',
      ]),
      run(programs.prometheus, dataDir, 'prometheus', [
        `--config.file=${join(dataDir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(dataDir, 'prometheus')}`,
        `--web.listen-address=${at('prometheus')}`,
      ]),
    ];
    for (const [index, name] of (['alertmanager', 'prometheus'] as const).entries())
      if (!(await waitForPort(portBase + offsets[name], 30_000, () => hasExited(children[index]!))))
        throw new Error(`${name} did not start; its log is ${join(dataDir, `${name}.log`)}.`);
    return new Monitoring(children, sink, `http://${at('prometheus')}`);
  }

  /** What Prometheus answers to a query now. Throws its complaint about one that it does not understand. */
  async query(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const response = await fetch(`${this.url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
    const answer = (await response.json()) as { status: string; error?: string; data: { result: never[] } };
    if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
    return answer.data.result;
  }

  async stop(): Promise<void> {
    this.sink.close();
    await Promise.all(this.children.map((child) => stopChild(child, { signal: 'SIGTERM', timeoutMs: 10_000 })));
  }
}

function run(program: string, dataDir: string, name: string, args: string[]): ChildProcess {
  const log = openSync(join(dataDir, `${name}.log`), 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
  tieToThisProcess(child, 'SIGTERM');
  return child;
}

function prometheusConfig(portBase: number, dataDir: string, alertmanager: string): string {
  const config = parse(readFileSync(join(repoDir, 'ops/prometheus/prometheus.yml'), 'utf8')) as PrometheusConfig;
  const seconds = `${scrapeSeconds}s`;
  config.global = { scrape_interval: seconds, scrape_timeout: seconds, evaluation_interval: '1s' };
  config.rule_files = [join(dataDir, 'alerts/*.yml')];
  config.alerting.alertmanagers = [{ static_configs: [{ targets: [alertmanager] }] }];
  const port = (job: string) =>
    portBase +
    (job === 'prometheus'
      ? offsets.prometheus
      : portOffsets[job === 'signup' ? 'signupMetrics' : (job as keyof typeof portOffsets)]);
  for (const scrape of config.scrape_configs)
    scrape.static_configs = [{ targets: [`127.0.0.1:${port(scrape.job_name)}`] }];
  return stringify(config);
}

function alertmanagerConfig(url: string): string {
  const config = parse(readFileSync(join(repoDir, 'ops/alertmanager/alertmanager.yml'), 'utf8')) as AlertmanagerConfig;
  Object.assign(config.route, { group_wait: '1s', group_interval: '1s' });
  for (const receiver of config.receivers) receiver['webhook_configs'] = [{ url, send_resolved: true }];
  return stringify(config);
}
