/** What no log may show, unless the configuration says so. */

export interface RedactionOptions {
  /** `log.leak_sensitive_values` */
  readonly leak: boolean
  readonly text: string
  /** Besides the usual ones, in any case. */
  readonly headers: readonly string[]
}

export interface Redaction {
  /** A header's value as it may be shown; the name is in lower case. */
  readonly header: (name: string, value: string) => string
  /** A query (without `?`) as it may be shown; null: there is none. */
  readonly query: (query: string) => string | null
  /** A text that may quote a URL or a credential. */
  readonly text: (text: string) => string
}

const credentials = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-session-token',
]
/** Their values are URLs: the path says enough. */
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
 * User and password of a URL, its query, tokens behind their scheme, and whatever looks like a JSON Web
 * Token. Every repetition that may have to be undone is bounded: the text may quote what a client sent.
 */
const scrub = (shown: string, text: string): string =>
  shown
    .replace(/:\/\/[^\s/?#@"']{0,500}@/g, '://')
    .replace(/(:\/\/[^\s?#"'<>]{0,1000})\?[^\s"'<>]*/g, (_, url: string) => `${url}?${text}`)
    .replace(/\b(bearer|basic) {1,8}[\w.~+/=-]{8,}/gi, (_, scheme: string) => `${scheme} ${text}`)
    .replace(/\beyJ[\w-]{8,1000}\.[\w-]+(?:\.[\w-]*){0,3}/g, () => text)
