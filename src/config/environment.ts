/** The outbound proxies that the environment names, as every HTTP client reads them; lower-case names take precedence. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): {
  readonly http?: string
  readonly https?: string
  readonly except?: string
} {
  const read = (name: string): string | undefined => env[name] || env[name.toUpperCase()]
  const found = { http: read('http_proxy'), https: read('https_proxy'), except: read('no_proxy') }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

type Environment = Readonly<Record<string, string | undefined>>

/** The OpenTelemetry variables that its packages do not read themselves. */
export interface OtelSettings {
  /** `OTEL_SDK_DISABLED`: no spans are created. */
  readonly disabled: boolean
  /** `OTEL_PROPAGATORS`, in order; undefined: not set. */
  readonly propagators: readonly string[] | undefined
  /** `OTEL_SERVICE_NAME`. */
  readonly serviceName: string | undefined
  /** `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly attributes: Readonly<Record<string, string>>
  /** `OTEL_TRACES_SAMPLER`, with its argument. */
  readonly sampler: { readonly name: string; readonly argument: string | undefined } | undefined
  /** The whole URL that spans are sent to. */
  readonly endpoint: string | undefined
}

/** Reads them as the specification of OpenTelemetry says: an empty variable counts as not set. */
export function otelSettings(env: Environment): OtelSettings {
  const list = (name: string): readonly string[] =>
    (env[name] ?? '').split(',').flatMap(part => part.trim() || [])
  const propagators = list('OTEL_PROPAGATORS')
  const sampler = env['OTEL_TRACES_SAMPLER']
  return {
    disabled: env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true',
    propagators: propagators.length === 0 ? undefined : [...new Set(propagators)],
    serviceName: env['OTEL_SERVICE_NAME'] || undefined,
    attributes: Object.fromEntries(list('OTEL_RESOURCE_ATTRIBUTES').flatMap(attribute)),
    sampler: sampler ? { name: sampler, argument: env['OTEL_TRACES_SAMPLER_ARG'] } : undefined,
    endpoint: otlpEndpoint(env),
  }
}

/** The variable for traces is used unchanged; the variable for all signals is a base URL. */
function otlpEndpoint(env: Environment): string | undefined {
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (own) return own
  return base ? `${base.replace(/\/+$/, '')}/v1/traces` : undefined
}

/** `key=value`, percent-encoded. */
function attribute(pair: string): readonly (readonly [string, string])[] {
  const at = pair.indexOf('=')
  if (at <= 0) return []
  try {
    return [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]]
  } catch {
    return []
  }
}
