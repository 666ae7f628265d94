/** Removes secrets from logs, unless the configuration allows them. */

export interface RedactionOptions {
  /** `log.leak_sensitive_values`: true shows all values. */
  readonly leak: boolean
  readonly text: string
  /** Headers to hide in addition to the default ones; case does not matter. */
  readonly headers: readonly string[]
}

export interface Redaction {
  /** The value of a header for the log; `name` is in lower case. */
  readonly header: (name: string, value: string) => string
  /** The query (without `?`) for the log; null: there is none. */
  readonly query: (query: string) => string | null
  /** A text for the log that may contain URLs or credentials. */
  readonly text: (text: string) => string
}

const credentials = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-session-token',
  'sec-websocket-protocol',
]
/** Headers with URLs, which are shown without the query. */
const urls = new Set(['location', 'referer', 'x-forwarded-uri', 'x-original-uri', 'x-original-url'])

export function createRedaction({ leak, text, headers }: RedactionOptions): Redaction {
  if (leak) return { header: (_, value) => value, query: query => query || null, text: t => t }
  const hidden = new Set([...credentials, ...headers.map(name => name.toLowerCase())])
  return {
    header: (name, value) => {
      if (hidden.has(name)) return text
      return urls.has(name) ? withoutQuery(value) : value
    },
    query: query => (query === '' ? null : text),
    text: shown => scrub(shown, text),
  }
}

const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, '')

/**
 * Removes user and password of URLs, their queries, tokens after their scheme, and JSON Web Tokens. Repetitions that may
 * backtrack are bounded, because the text may contain data of a client.
 */
const scrub = (shown: string, text: string): string =>
  shown
    .replace(/:\/\/[^\s/?#@"']{0,500}@/g, '://')
    .replace(/(:\/\/[^\s?#"'<>]{0,1000})\?[^\s"'<>]*/g, (_, url: string) => `${url}?${text}`)
    .replace(/\b(bearer|basic) {1,8}[\w.~+/=-]{8,}/gi, (_, scheme: string) => `${scheme} ${text}`)
    .replace(/\beyJ[\w-]{8,1000}\.[\w-]+(?:\.[\w-]*){0,3}/g, () => text)
