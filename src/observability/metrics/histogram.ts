import type { Labels, Sample } from './family.ts'

export interface Histogram {
  /** Adds one value, in seconds. */
  readonly observe: (seconds: number) => void
  readonly count: () => number
  readonly samples: (labels: Labels) => readonly Sample[]
}

/** Counts values per bucket; `bounds` are upper bounds in seconds. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0)
  let sum = 0
  let count = 0
  return {
    observe: seconds => {
      sum += seconds
      count += 1
      for (let i = 0; i < bounds.length; i++) {
        if (seconds <= (bounds[i] ?? 0)) {
          counts[i] = (counts[i] ?? 0) + 1
          return
        }
      }
    },
    count: () => count,
    samples: labels => [
      ...bucketsOf(bounds, counts, labels),
      { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
      { labels, value: sum, suffix: '_sum' },
      { labels, value: count, suffix: '_count' },
    ],
  }
}

/** Buckets are cumulative. */
function bucketsOf(
  bounds: readonly number[],
  counts: readonly number[],
  labels: Labels,
): readonly Sample[] {
  let value = 0
  return bounds.map((bound, i) => {
    value += counts[i] ?? 0
    return { labels: { ...labels, le: String(bound) }, value, suffix: '_bucket' }
  })
}

/** Oathkeeper's bounds in seconds, for existing dashboards. */
export const requestBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** In seconds; a decision without a call takes microseconds. */
export const decisionBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, ...requestBounds]
