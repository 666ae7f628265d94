import { createBounded } from './bounded.ts'
import type { Family } from './family.ts'
import { createHistogram, decisionBounds } from './histogram.ts'

export interface OutboundTally {
  /** `outcome`: `2xx` … `5xx`, or the code of the failure. */
  readonly record: (url: string, outcome: string, seconds: number) => void
  readonly families: readonly Family[]
}

/** Maximum of origins. They are configured, but a template may build them from data of a client. */
const mostOrigins = 100

/** Counts calls to other services by the origin of the first URL, before redirects. */
export function createOutboundTally(): OutboundTally {
  const origins = createBounded(mostOrigins, () => ({
    outcomes: new Map<string, number>(),
    durations: createHistogram(decisionBounds),
  }))
  return {
    record: (url, outcome, seconds) => {
      const { outcomes, durations } = origins.get(originOf(url))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      durations.observe(seconds)
    },
    families: [
      {
        name: 'oarlock_outbound_calls_total',
        help: 'Calls to other services by origin and outcome',
        type: 'counter',
        read: () =>
          [...origins.entries()].flatMap(([origin, { outcomes }]) =>
            [...outcomes].map(([outcome, value]) => ({ labels: { origin, outcome }, value })),
          ),
      },
      {
        name: 'oarlock_outbound_call_duration_seconds',
        help: 'How long calls to other services take, including redirects and the wait in the queue',
        type: 'histogram',
        read: () =>
          [...origins.entries()].flatMap(([origin, { durations }]) =>
            durations.samples({ origin }),
          ),
      },
    ],
  }
}

/** Scheme, host and port of a URL; user, password, path and query must not be in a label. */
export function originOf(url: string): string {
  const [, scheme = '', authority = ''] = /^(https?:)\/\/([^/?#\\]*)/i.exec(url) ?? []
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  return host.length > 255 ? '' : `${scheme}//${host}`.toLowerCase()
}
