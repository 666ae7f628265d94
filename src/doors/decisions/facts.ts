/** What the door itself reads from a request's headers, found in one pass. */
export interface Facts {
  /** All Host lines; more than one is refused. */
  readonly hosts: readonly string[]
  /** Several Authorization lines that differ: nobody can say which one counts. */
  readonly ambiguous: boolean
  /** First value of each `X-Forwarded-*` and `X-Original-*` name that some dialect reads. */
  readonly forwarded: Forwarded
  readonly forwardedFor: readonly string[]
  /** Envoy's HTTP filter asks, and waits so many milliseconds. */
  readonly envoyTimeout: string | undefined
}

export interface Forwarded {
  readonly method?: string
  readonly proto?: string
  readonly host?: string
  readonly uri?: string
  readonly originalMethod?: string
  readonly originalUrl?: string
}

const forwardedNames: ReadonlyMap<string, keyof Forwarded> = new Map([
  ['x-forwarded-method', 'method'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'host'],
  ['x-forwarded-uri', 'uri'],
  ['x-original-method', 'originalMethod'],
  ['x-original-url', 'originalUrl'],
])
const envoyTimeoutName = 'x-envoy-expected-rq-timeout-ms'
const forwardedForName = 'x-forwarded-for'
const lengths = new Set(
  [...forwardedNames.keys(), 'host', 'authorization', forwardedForName, envoyTimeoutName].map(
    name => name.length,
  ),
)

/** `flat` is Node's rawHeaders: name, value, name, value, … */
export function readFacts(flat: readonly string[]): Facts {
  const hosts: string[] = []
  const forwardedFor: string[] = []
  const forwarded: { -readonly [key in keyof Forwarded]: string } = {}
  let authorization: string | undefined
  let ambiguous = false
  let envoyTimeout: string | undefined
  const take = (name: string, value: string): void => {
    if (name === 'host') hosts.push(value)
    else if (name === 'authorization') {
      ambiguous ||= authorization !== undefined && authorization !== value
      authorization ??= value
    } else if (name === forwardedForName) forwardedFor.push(value)
    else if (name === envoyTimeoutName) envoyTimeout ??= value
    else takeForwarded(forwarded, name, value)
  }
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (lengths.has(name.length)) take(name.toLowerCase(), flat[i + 1] ?? '')
  }
  return { hosts, ambiguous, forwarded, forwardedFor, envoyTimeout }
}

function takeForwarded(
  forwarded: { -readonly [key in keyof Forwarded]: string },
  name: string,
  value: string,
): void {
  const key = forwardedNames.get(name)
  if (key !== undefined) forwarded[key] ??= value
}
