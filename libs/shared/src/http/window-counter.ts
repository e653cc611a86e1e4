/** Subjects remembered at once; beyond it the oldest window is forgotten, so memory stays bounded under a flood of them. */
const subjectsMax = 50_000;

/** Counts requests per subject in fixed windows, for one replica. Exact limits over all replicas are PostgreSQL's to count. */
export class WindowCounter {
  private readonly windows = new Map<string, { endsAt: number; used: number }>();

  constructor(
    private readonly max: number,
    private readonly windowMs: number,
  ) {}

  /** Counts one request; null while there is room, else the seconds until there is. */
  take(subject: string): number | null {
    const now = performance.now();
    let window = this.windows.get(subject);
    if (!window || window.endsAt <= now) {
      this.windows.delete(subject);
      this.windows.set(subject, (window = { endsAt: now + this.windowMs, used: 0 }));
      const oldest = this.windows.size > subjectsMax ? this.windows.keys().next().value : undefined;
      if (oldest !== undefined) this.windows.delete(oldest);
    }
    window.used += 1;
    return window.used <= this.max ? null : Math.ceil((window.endsAt - now) / 1_000);
  }
}
