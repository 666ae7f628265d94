import type { Config } from '../../config/config.ts'

interface Setting {
  readonly enabled: boolean
  readonly config?: Readonly<Record<string, unknown>> | undefined
}

/** Handlers that never make a call. */
const quiet = new Set(['allow', 'anonymous', 'cookie', 'deny', 'header', 'noop', 'unauthorized'])

/**
 * True when an enabled handler calls a service, or gets keys from one. The client is then loaded at the start. A
 * rule may still name the first service: the client is then loaded for the first call.
 */
export const callsServices = (config: Config): boolean =>
  [config.authenticators, config.authorizers, config.mutators].some(settings =>
    Object.entries(settings as Readonly<Record<string, Setting | undefined>>).some(
      ([name, setting]) => setting?.enabled === true && !quiet.has(name) && !isLocal(setting),
    ),
  )

/** `jwt` and `id_token` with key sets on this machine. */
function isLocal({ config }: Setting): boolean {
  const locations = [config?.['jwks_urls'] ?? config?.['jwks_url'] ?? []].flat()
  return locations.length > 0 && locations.every(location => !/^https?:/i.test(String(location)))
}
