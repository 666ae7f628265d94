/** The headers that the door itself needs, read in one pass. */
export interface Facts {
  /** The first Host header. */
  readonly host: string | undefined
  /** Why the headers are not valid; undefined: they are. */
  readonly problem: string | undefined
  /** First value of each `X-Forwarded-*` and `X-Original-*` name that a dialect reads; undefined: there are none. */
  readonly forwarded: Forwarded | undefined
  readonly forwardedFor: readonly string[] | undefined
  /** Time limit of Envoy's HTTP filter in milliseconds; undefined: the caller is not Envoy. */
  readonly envoyTimeout: string | undefined
  /** True when headers announce a body. */
  readonly announcesBody: boolean
  /** True when the proxy says that it keeps a body: `X-Forwarded-Content-Length` is neither empty nor 0. */
  readonly keepsBody: boolean
}

export interface Forwarded {
  readonly method?: string
  readonly proto?: string
  readonly host?: string
  readonly uri?: string
  readonly originalMethod?: string
  readonly originalUrl?: string
}

interface Found {
  host: string | undefined
  problem: string | undefined
  forwarded: { -readonly [key in keyof Forwarded]: string } | undefined
  forwardedFor: string[] | undefined
  envoyTimeout: string | undefined
  announcesBody: boolean
  keepsBody: boolean
  authorization: string | undefined
}

type Take = (found: Found, value: string) => void

const forwardedAs =
  (key: keyof Forwarded): Take =>
  (found, value) => {
    found.forwarded ??= {}
    found.forwarded[key] ??= value
  }

const takers: ReadonlyMap<string, Take> = new Map<string, Take>([
  [
    'host',
    (found, value) => {
      if (found.host !== undefined) found.problem ??= 'there are several Host headers'
      found.host ??= value
    },
  ],
  [
    'authorization',
    (found, value) => {
      const differs = found.authorization !== undefined && found.authorization !== value
      if (differs) found.problem ??= 'there are several Authorization headers that differ'
      found.authorization ??= value
    },
  ],
  [
    'x-forwarded-for',
    (found, value) => {
      found.forwardedFor ??= []
      found.forwardedFor.push(value)
    },
  ],
  [
    'x-envoy-expected-rq-timeout-ms',
    (found, value) => {
      found.envoyTimeout ??= value
    },
  ],
  [
    'content-length',
    (found, value) => {
      found.announcesBody ||= value !== '0'
    },
  ],
  [
    'transfer-encoding',
    (found, value) => {
      found.announcesBody = true
      // Node removes only the last coding of `gzip, chunked`: the gzip bytes would be read as the body.
      const isChunked = value.trim().toLowerCase() === 'chunked'
      if (!isChunked) found.problem ??= 'Transfer-Encoding is not exactly chunked'
    },
  ],
  [
    'x-forwarded-content-length',
    (found, value) => {
      found.keepsBody ||= value !== '' && value !== '0'
    },
  ],
  ['x-forwarded-method', forwardedAs('method')],
  ['x-forwarded-proto', forwardedAs('proto')],
  ['x-forwarded-host', forwardedAs('host')],
  ['x-forwarded-uri', forwardedAs('uri')],
  ['x-original-method', forwardedAs('originalMethod')],
  ['x-original-url', forwardedAs('originalUrl')],
])

/** Skips most names by their length. */
const lengths = new Set([...takers.keys()].map(name => name.length))

/** `flat` is Node's rawHeaders, `[name, value, …]`. A plain loop, because this runs for every request. */
export function readFacts(flat: readonly string[]): Facts {
  const found: Found = {
    host: undefined,
    problem: undefined,
    forwarded: undefined,
    forwardedFor: undefined,
    envoyTimeout: undefined,
    announcesBody: false,
    keepsBody: false,
    authorization: undefined,
  }
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (lengths.has(name.length)) takers.get(name.toLowerCase())?.(found, flat[i + 1] ?? '')
  }
  return found
}
