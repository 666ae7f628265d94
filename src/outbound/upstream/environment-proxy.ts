/** Finds the proxy for an upstream from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
import type { ProxySettings } from '../http/dispatcher.ts'

/** The proxy for an origin; undefined: connect directly. */
export type FindProxy = (origin: URL) => URL | undefined

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** Throws a TypeError when a variable is not a valid URL. */
export function createFindProxy({ http, https, except = '' }: ProxySettings): FindProxy {
  const proxies = { 'http:': urlOf(http), 'https:': urlOf(https) }
  const direct = [...except.split(/[\s,]+/), ...loopback].filter(Boolean).map(exception)
  return origin => {
    const proxy = proxies[origin.protocol as keyof typeof proxies]
    return proxy && !direct.some(covers => covers(origin)) ? proxy : undefined
  }
}

const urlOf = (text: string | undefined): URL | undefined =>
  text === undefined ? undefined : new URL(text)

/** `*`, `host`, `host:port`, `.domain` or `*.domain`. */
function exception(entry: string): (origin: URL) => boolean {
  if (entry === '*') return () => true
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  const isDomain = /^\*?\./.test(name)
  const suffix = name.replace(/^\*/, '')
  return origin => {
    if (port !== undefined && port !== portOf(origin)) return false
    return isDomain ? origin.hostname.endsWith(suffix) : origin.hostname === name
  }
}

const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80')
