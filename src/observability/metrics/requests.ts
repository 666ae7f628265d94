/**
 * Oathkeeper's metrics of HTTP requests, with the same names for existing dashboards. Clients choose the label
 * `request`, so its values are limited in number and length; all others share one value.
 */
import { splitHttpUrl } from '../../lib/url-path.ts'
import { type Bounded, createBounded } from './bounded.ts'
import type { Family, Labels, Sample } from './family.ts'
import { createHistogram, type Histogram, requestBounds } from './histogram.ts'

export type Service = 'oathkeeper-api' | 'oathkeeper-proxy'

export interface RequestFacts {
  readonly method: string
  /** The request target as sent. */
  readonly target: string
  readonly status: number
}

export interface RequestTally {
  readonly record: (service: Service, facts: RequestFacts, seconds: number) => void
  readonly families: readonly Family[]
}

export interface RequestTallyOptions {
  /** Prefix of the metric names, including the underscore. */
  readonly prefix: string
  readonly hidePaths: boolean
  readonly collapsePaths: boolean
}

/** Maximum of distinct values of `request` for one service. */
const mostRequests = 1000
/** Maximum of distinct combinations of `request`, `method` and `status_code`; each is a histogram of 14 lines. */
const mostSeries = 5000
/** Longest value of `request`, in characters. */
const longest = 200
/** The value of `request` for all that are too many or too long. */
const rest = '/_other'

const methods = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
])

interface Series {
  readonly labels: Labels
  readonly histogram: Histogram
}

type ByAnswer = Map<string, Map<number, Series>>

export function createRequestTally(options: RequestTallyOptions): RequestTally {
  const tallies = new Map<Service, ServiceTally>()
  const tallyOf = (service: Service): ServiceTally => {
    const tally = tallies.get(service) ?? createServiceTally(service, options)
    tallies.set(service, tally)
    return tally
  }
  const all = (): readonly Series[] => [...tallies.values()].flatMap(({ series }) => series)
  const counts = ({ labels, histogram }: Series): Sample => ({ labels, value: histogram.count() })
  return {
    record: (service, facts, seconds) => tallyOf(service).record(facts, seconds),
    families: [
      {
        name: `${options.prefix}requests_total`,
        help: 'Total number of requests',
        type: 'counter',
        read: () => all().map(counts),
      },
      {
        name: `${options.prefix}requests_duration_seconds`,
        help: 'Duration of requests in seconds',
        type: 'histogram',
        read: () => all().flatMap(({ labels, histogram }) => histogram.samples(labels)),
      },
    ],
  }
}

interface ServiceTally {
  readonly record: (facts: RequestFacts, seconds: number) => void
  readonly series: readonly Series[]
}

function createServiceTally(service: Service, options: RequestTallyOptions): ServiceTally {
  const byRequest: Bounded<ByAnswer> = createBounded(mostRequests, () => new Map(), rest)
  const series: Series[] = []
  const add = (request: string, { method, status }: Answered): Series => {
    const labels = { service, method, request, status_code: String(status) }
    const made = { labels, histogram: createHistogram(requestBounds) }
    series.push(made)
    return made
  }
  const seriesOf = (request: string, answered: Answered): Series => {
    const byStatus = statusesOf(byRequest.get(request), answered.method)
    const known = byStatus.get(answered.status)
    if (known !== undefined) return known
    if (series.length >= mostSeries && request !== rest) return seriesOf(rest, answered)
    const kept = byRequest.entries().has(request) ? request : rest
    const made = add(kept, answered)
    byStatus.set(answered.status, made)
    return made
  }
  const labelOf = requestLabel(options)
  return {
    series,
    record: ({ method, target, status }, seconds) => {
      const answered = { method: methods.has(method) ? method : 'OTHER', status }
      seriesOf(labelOf(target), answered).histogram.observe(seconds)
    },
  }
}

interface Answered {
  readonly method: string
  readonly status: number
}

function statusesOf(byAnswer: ByAnswer, method: string): Map<number, Series> {
  const known = byAnswer.get(method)
  if (known !== undefined) return known
  const made = new Map<number, Series>()
  byAnswer.set(method, made)
  return made
}

function requestLabel({ hidePaths, collapsePaths }: RequestTallyOptions) {
  if (hidePaths) return () => ''
  const label = collapsePaths ? firstSegment : (target: string) => target
  return (target: string): string => {
    const text = label(target)
    return text.length > longest ? rest : text
  }
}

const slash = 47
const question = 63

/** The first segment of the path, with its leading slash. */
export function firstSegment(target: string): string {
  if (target.charCodeAt(0) !== slash) return firstSegment(pathOf(target))
  for (let i = 1; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === slash || code === question) return target.slice(0, i)
  }
  return target
}

/** The path of an absolute URL; `/` for other targets, such as `*`. */
function pathOf(target: string): string {
  const rest = splitHttpUrl(target)?.rest
  return rest?.startsWith('/') ? rest : '/'
}
