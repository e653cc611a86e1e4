/**
 * The percentile of these values by linear interpolation between the two nearest ranks (as PostgreSQL's percentile_cont),
 * so that p99 of ten values is no other than what it claims. Null of nothing.
 */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (percent / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)];
  const high = sorted[Math.ceil(rank)];
  if (low === undefined || high === undefined) return null;
  return low + (high - low) * (rank - Math.floor(rank));
}
