import type { Config } from '../config/config.ts'
import { type Cors, createCors } from '../doors/cors.ts'
import type { Log } from '../observability/log.ts'

/** The CORS of one door; undefined when it is off. The list of public suffixes is loaded only if an origin has a wildcard. */
export async function corsOf(
  { cors }: Config['serve']['api'] | Config['serve']['proxy'],
  log: Log,
): Promise<Cors | undefined> {
  if (!cors.enabled) return undefined
  const hasWildcard = cors.allowed_origins.some(origin => origin !== '*' && origin.includes('*'))
  const { getDomain } = hasWildcard ? await import('tldts') : noList
  for (const origin of cors.allowed_origins.filter(hasSeveral)) {
    log.warn('An origin with several wildcards matches nothing', { origin })
  }
  return createCors({
    ...cors,
    isRegistrable: domain => getDomain(domain, { allowPrivateDomains: true }) !== null,
    onDecision: cors.debug ? outcome => log.info('CORS', { ...outcome }) : undefined,
  })
}

const noList = { getDomain: (): string | null => null }

const hasSeveral = (origin: string): boolean => origin.split('*').length > 2
