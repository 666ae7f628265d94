import { createRequire } from 'node:module'
import type { Config } from '../../config/config.ts'
import { type Cors, createCors } from '../../doors/http/cors.ts'
import type { Log } from '../../observability/log.ts'

/** The CORS of one door; undefined when it is off. */
export function corsOf(
  { cors }: Config['serve']['api'] | Config['serve']['proxy'],
  log: Log,
): Cors | undefined {
  if (!cors.enabled) return undefined
  for (const origin of cors.allowed_origins.filter(hasSeveral)) {
    log.warn('An origin with several wildcards matches nothing', { origin })
  }
  return createCors({
    ...cors,
    isRegistrable,
    onDecision: cors.debug ? outcome => log.info('CORS', { ...outcome }) : undefined,
  })
}

/** The list of public suffixes is loaded for the first origin with a wildcard, because loading takes long. */
function isRegistrable(domain: string): boolean {
  const { getDomain } = createRequire(import.meta.url)('tldts') as typeof import('tldts')
  return getDomain(domain, { allowPrivateDomains: true }) !== null
}

const hasSeveral = (origin: string): boolean => origin.split('*').length > 2
