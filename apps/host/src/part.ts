/** One process of the system, as the supervisor sees it. */
export interface Part {
  readonly name: string;
  /** What it listens on, by the name a person knows it under. All must be free before anything is started. */
  readonly ports: Readonly<Record<string, number>>;
  /** Parts that must be ready before this one is started, each time it is started. */
  readonly waitsFor: readonly string[];
  /** Parts it may ask for something until its last moment: they are stopped after it. */
  readonly uses: readonly string[];
  /** What it is told; nothing for the servers, which get a configuration file or arguments. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Resolves when the part does its work; rejects with a LocalProblem when it cannot, or when `giveUp` fires. */
  start(giveUp: AbortSignal): Promise<RunningPart>;
}

export interface RunningPart {
  readonly pid: number;
  /** Resolves with a few words on how it ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** Its last log lines, the most telling ones first in line; for the person who wonders why it crashes. */
  lastWords(): Promise<string[]>;
  /** Asks it to finish its work; answers false when it had to be killed. */
  stop(): Promise<boolean>;
  kill(): void;
  /**
   * False when it runs and yet does not do its work. Asked every few seconds; a part that says so several times in a row
   * is started again. Left out by parts whose processes end when they cannot go on.
   */
  isHealthy?(): Promise<boolean>;
}
