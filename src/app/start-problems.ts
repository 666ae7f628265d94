/** What would keep a start from succeeding besides the rules: tried with the start's own functions. */
import type { Config } from '../config/config.ts'
import type { Log } from '../observability/log.ts'
import { attempt, type StartFindings, tryPlaces } from './doors/place-problems.ts'
import { tlsSections } from './doors/port-tls.ts'
import { readIdentity, type TlsSection } from './doors/server-identity.ts'
import { tryLogs } from './observability/logs.ts'
import { outboundCertificateEnd } from './observability/metrics.ts'
import { startTracing } from './observability/tracing.ts'
import { outboundTls } from './outbound/outbound-tls.ts'

/** Listens on nothing, writes nothing and calls nobody. Never rejects. */
export async function findStartProblems(config: Config): Promise<StartFindings> {
  const findings = await Promise.all([
    ...Object.entries(tlsSections(config)).map(([door, section]) => tryTls(door, section)),
    attempt(() => outboundTls(config)),
    attempt(() => tryLogs(config)),
    attempt(() => tryTracing(config)),
    ...tryPlaces(config),
    attempt(() => outboundExpiry(config)),
  ])
  return {
    problems: [...new Set(findings.flatMap(({ problems }) => problems))],
    warnings: findings.flatMap(({ warnings }) => warnings),
  }
}

const tryTls = (door: string, section: TlsSection | undefined): Promise<StartFindings> =>
  attempt(() => {
    const key = `serve.${door}.tls`
    const identity = section && readIdentity(key, section)
    return identity && expiryWarning(`${key}.cert`, identity.validTo.getTime())
  })

function outboundExpiry(config: Config): string | undefined {
  const end = outboundCertificateEnd(config)
  return end === undefined ? undefined : expiryWarning('outbound.tls.cert', end * 1000)
}

const expiryWarning = (key: string, end: number): string | undefined =>
  end < Date.now()
    ? `${key}: found a certificate that ended ${new Date(end).toISOString()}`
    : undefined

const silent: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
}

async function tryTracing(config: Config): Promise<void> {
  const tracer = await startTracing(config, silent)
  await tracer?.close()
}
