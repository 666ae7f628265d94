/** All metrics; undefined with `serve.prometheus.enabled: false`. */
import { X509Certificate } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import { version } from '../../lib/version.ts'
import { createDecisionTally, type DecisionTally } from '../../observability/metrics/decisions.ts'
import { createOutboundTally, type OutboundTally } from '../../observability/metrics/outbound.ts'
import { createMetricRegistry, type MetricRegistry } from '../../observability/metrics/registry.ts'
import { createRequestTally, type RequestTally } from '../../observability/metrics/requests.ts'
import {
  buildFamily,
  type CertificateTally,
  cacheFamilies,
  createCertificateTally,
  createRefusalTally,
  createReloadTally,
  keySetFamilies,
  lossFamily,
  type RefusalTally,
  type ReloadTally,
  type RuleCounts,
  ruleFamily,
} from '../../observability/metrics/state.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { OwnedDeps } from '../outbound/deps.ts'
import { readPem } from '../outbound/pem.ts'
import type { Built } from '../rules/build-rules.ts'

export interface Metrics {
  readonly requests: RequestTally
  readonly decisions: DecisionTally
  readonly outbound: OutboundTally
  readonly reloads: ReloadTally
  readonly certificates: CertificateTally
  readonly refusals: RefusalTally
  readonly registry: MetricRegistry
  /** Lines that logs lost, by log. */
  readonly watchLosses: (lost: () => Readonly<Record<string, number>>) => void
}

export function createMetrics({ serve }: Config): Metrics | undefined {
  const { prometheus } = serve
  if (!prometheus.enabled) return undefined
  const metrics = {
    requests: createRequestTally({
      prefix: prometheus.metric_name_prefix,
      hidePaths: prometheus.hide_request_paths,
      collapsePaths: prometheus.collapse_request_paths,
    }),
    decisions: createDecisionTally(),
    outbound: createOutboundTally(),
    reloads: createReloadTally(),
    certificates: createCertificateTally(),
    refusals: createRefusalTally(),
    registry: createMetricRegistry(),
  }
  const { requests, decisions, outbound, reloads, certificates, refusals, registry } = metrics
  registry.add(buildFamily(version), certificates.family, refusals.family)
  for (const tally of [requests, decisions, outbound, reloads]) registry.add(...tally.families)
  return { ...metrics, watchLosses: lost => registry.add(lossFamily(lost)) }
}

export interface Watched {
  readonly config: Config
  readonly deps: Pick<OwnedDeps, 'cache' | 'keySets'>
  readonly rules: () => RuleSet
}

/** Sources of the gauges that are read at each scrape. */
export function watchState(
  { registry, certificates }: Metrics,
  { config, deps, rules }: Watched,
): void {
  if (config.outbound?.tls?.cert !== undefined) {
    const expiry = outboundCertificateEnd(config)
    certificates.watch('outbound', () => expiry)
  }
  registry.add(
    ruleFamily(() => countRules(rules())),
    ...cacheFamilies(deps.cache.counters),
    ...keySetFamilies(deps.keySets.states),
  )
}

/** Seconds since the epoch; undefined: not configured. Throws an Error that names the key. */
export function outboundCertificateEnd({ outbound }: Config): number | undefined {
  const own = readPem('outbound.tls.cert', outbound?.tls?.cert)
  return own === undefined ? undefined : expiryOf(own)
}

/** Seconds since the epoch; undefined: the text does not hold a certificate. */
export function expiryOf(pem: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(pem).validTo) / 1000
  } catch {
    return undefined
  }
}

export function countRules({ definitions, problems }: RuleSet): RuleCounts {
  const broken = problems.filter(({ pattern }) => pattern)
  const invalid = problems.filter(({ pattern }) => !pattern).map(({ rule }) => rule)
  return {
    valid: definitions.length,
    invalid: new Set(invalid).size,
    brokenPatterns: broken.length,
  }
}

/** Counts loads of the rules: each that changed something, and each that failed in part. */
export function loadRecorder(metrics: Metrics | undefined): (built: Built) => void {
  let last: RuleSet | undefined
  return ({ rules, reports }) => {
    const isWhole = reports.every(({ problem }) => problem === undefined)
    if (rules !== last || !isWhole) metrics?.reloads.record(isWhole)
    last = rules
  }
}
