/**
 * Converts headers to Envoy's header options. The first value of a name overwrites existing values, the next ones
 * are appended. Versions of Envoy read different append settings, so request headers set both: otherwise a value
 * of the client could stay.
 */
import { isUtf8, textOf } from '../../../lib/bytes.ts'
import { isHeaderName, isHeaderValue } from '../../../lib/header-name.ts'

export interface HeaderOption {
  readonly header: { readonly key: string; readonly value: string }
  readonly append?: { readonly value: boolean }
  readonly append_action: number
}

const addToExisting = 0
const overwrite = 2
const appended = { value: true }
const replaced = { value: false }

/** For the request to the upstream. */
export const requestOption = (key: string, value: string, position: number): HeaderOption => ({
  header: { key, value: textOf(value) },
  append: position === 0 ? replaced : appended,
  append_action: position === 0 ? overwrite : addToExisting,
})

/** For the denial that the client gets. */
export const answerOption = (key: string, value: string, position: number): HeaderOption => ({
  header: { key, value: textOf(value) },
  append_action: position === 0 ? overwrite : addToExisting,
})

/** For the upstream's answer to an allowed request; its own cookies are kept. */
export const responseOption = (key: string, value: string, position: number): HeaderOption =>
  answerOption(key, value, key === 'set-cookie' ? 1 : position)

/** True when Envoy can send the header: the name is a token, the values are UTF-8 without control characters. */
export const isSendable = (name: string, values: readonly string[]): boolean =>
  isHeaderName(name) && values.every(isSendableValue)

const isSendableValue = (value: string): boolean => isHeaderValue(value) && isUtf8(value)

const framing = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'te',
  'upgrade',
  'trailer',
  'keep-alive',
])

/** Names that Envoy manages: setting them would break the framing or change the upstream host. */
export const isFraming = (lowerName: string): boolean =>
  framing.has(lowerName) || lowerName.startsWith(':')

/** Hop-by-hop names that are never set; they may be removed. */
export const isProxyName = (lowerName: string): boolean => lowerName.startsWith('proxy-')

/**
 * The options of all headers that may be set; undefined when one of them cannot be sent. Names are in lower case,
 * because gRPC libraries refuse others.
 */
export function optionsOf(
  headers: Iterable<readonly [name: string, values: readonly string[]]>,
  option: (key: string, value: string, position: number) => HeaderOption,
): HeaderOption[] | undefined {
  const options: HeaderOption[] = []
  for (const [name, values] of headers) {
    const lower = name.toLowerCase()
    if (isFraming(lower) || isProxyName(lower)) continue
    if (!isSendable(name, values)) return undefined
    values.forEach((value, position) => {
      options.push(option(lower, value, position))
    })
  }
  return options
}
