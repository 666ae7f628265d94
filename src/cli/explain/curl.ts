/** Reads a command line of curl as the request that it would send. Nothing is run, no file is read. */
import { Buffer } from 'node:buffer'
import type { WrittenRequest } from '../../explain/asked.ts'
import { shellWords } from './shell-words.ts'

interface Draft {
  method: string | undefined
  url: string | undefined
  readonly headers: [string, string][]
  readonly data: string[]
  json: boolean
  get: boolean
  head: boolean
}

/** Returns what is wrong, or undefined. */
type Take = (draft: Draft, value: string) => string | undefined

const setHeader =
  (name: string): Take =>
  (draft, value) => {
    draft.headers.push([name, value])
    return undefined
  }

const addData: Take = (draft, value) => {
  if (value.startsWith('@')) return fromFile(value)
  draft.data.push(value)
  return undefined
}

const fromFile = (value: string): string =>
  `found ${value}, expected the data itself: no file is read`

const options: Readonly<Record<string, Take>> = {
  '--request': (draft, value) => {
    draft.method = value
    return undefined
  },
  '--url': (draft, value) => {
    if (draft.url !== undefined) return 'found several URLs, expected one'
    draft.url = value
    return undefined
  },
  '--header': (draft, value) => {
    if (value.startsWith('@')) return fromFile(value)
    const colon = value.indexOf(':')
    // curl leaves out a header whose value is empty, and sends `Name;` with an empty one.
    if (colon < 0) {
      if (value.endsWith(';')) draft.headers.push([value.slice(0, -1), ''])
      return undefined
    }
    const content = value.slice(colon + 1).trim()
    if (content !== '') draft.headers.push([value.slice(0, colon), content])
    return undefined
  },
  '--data': addData,
  '--data-ascii': addData,
  '--data-binary': addData,
  '--data-raw': (draft, value) => {
    draft.data.push(value)
    return undefined
  },
  '--data-urlencode': (draft, value) => {
    if (/^[^=]*@/.test(value)) return fromFile(value)
    const at = value.indexOf('=')
    const [name, content] = at < 0 ? ['', value] : [value.slice(0, at), value.slice(at + 1)]
    draft.data.push(`${name === '' ? '' : `${name}=`}${encodeURIComponent(content)}`)
    return undefined
  },
  '--json': (draft, value) => {
    draft.json = true
    return addData(draft, value)
  },
  '--user': (draft, value) => {
    const pair = value.includes(':') ? value : `${value}:`
    draft.headers.push(['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`])
    return undefined
  },
  '--oauth2-bearer': (draft, value) => setHeader('Authorization')(draft, `Bearer ${value}`),
  '--cookie': (draft, value) =>
    value.includes('=') ? setHeader('Cookie')(draft, value) : fromFile(value),
  '--user-agent': setHeader('User-Agent'),
  '--referer': setHeader('Referer'),
}

const flags: Readonly<Record<string, (draft: Draft) => void>> = {
  '--get': draft => {
    draft.get = true
  },
  '--head': draft => {
    draft.head = true
  },
}

const shortNames: Readonly<Record<string, string>> = {
  X: '--request',
  H: '--header',
  d: '--data',
  u: '--user',
  b: '--cookie',
  A: '--user-agent',
  e: '--referer',
  G: '--get',
  I: '--head',
}

/** Options about the connection or the output: they do not change the request. */
const ignored = new Set(
  '-k -s -S -L -v -i -f -g -N -# --insecure --silent --show-error --location --verbose --include --fail --fail-with-body --globoff --no-buffer --compressed --http1.1 --http2 --http2-prior-knowledge --path-as-is --progress-bar --tlsv1.2 --tlsv1.3 -0 -4 -6 --ipv4 --ipv6'.split(
    ' ',
  ),
)
const ignoredWithValue = new Set(
  '-o -m -w -x --output --max-time --connect-timeout --write-out --proxy --resolve --connect-to --cacert --retry --unix-socket --interface'.split(
    ' ',
  ),
)

/** A text says what cannot be read. */
export function parseCurl(line: string): WrittenRequest | string {
  const words = shellWords(line)
  if (words === undefined) return 'found a quote that is not closed'
  const [first, ...rest] = words
  if (first !== 'curl') return `found ${JSON.stringify(first ?? '')}, expected curl first`
  const draft: Draft = {
    method: undefined,
    url: undefined,
    headers: [],
    data: [],
    json: false,
    get: false,
    head: false,
  }
  const problem = takeAll(draft, spread(rest))
  return problem ?? finish(draft)
}

/** `-XPOST` and `-kv` become options of their own, `--name=value` two words. */
const spread = (words: readonly string[]): string[] =>
  words.flatMap(word => {
    const [, name, value] = /^(--[a-z0-9.-]+)=(.*)$/s.exec(word) ?? []
    if (name !== undefined && value !== undefined) return [name, value]
    return /^-[^-]/.test(word) ? spreadShort(word.slice(1)) : [word]
  })

function spreadShort(letters: string): readonly string[] {
  const [first = '', ...rest] = letters
  const name = shortNames[first] ?? `-${first}`
  const tail = rest.join('')
  if (tail === '') return [name]
  const takesValue = name in options || ignoredWithValue.has(name)
  return takesValue ? [name, tail] : [name, ...spreadShort(tail)]
}

function takeAll(draft: Draft, words: string[]): string | undefined {
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const problem = takeOne(draft, word, words)
    if (problem !== undefined) return problem
  }
  return undefined
}

function takeOne(draft: Draft, word: string, words: string[]): string | undefined {
  if (!word.startsWith('-') || word === '-') return options['--url']?.(draft, word)
  if (ignored.has(word)) return undefined
  const flag = flags[word]
  if (flag !== undefined) return void flag(draft)
  const take = options[word]
  if (take === undefined && !ignoredWithValue.has(word)) {
    return `found the option ${word}, which explain does not know`
  }
  const value = words.shift()
  if (value === undefined) return `found ${word} without a value`
  return take?.(draft, value)
}

function finish(draft: Draft): WrittenRequest | string {
  if (draft.url === undefined) return 'found no URL'
  const { headers, data } = draft
  const joined = data.join(draft.json ? '' : '&')
  const isSent = data.length > 0 && !draft.get
  return {
    method: methodOf(draft, isSent),
    url: urlOf(draft.url, draft.get ? joined : ''),
    headers: [...headers, ...(isSent ? typeOf(draft) : [])],
    ...(isSent ? { body: Buffer.from(joined) } : {}),
  }
}

function methodOf({ method, head }: Draft, isSent: boolean): string {
  if (method !== undefined) return method
  if (head) return 'HEAD'
  return isSent ? 'POST' : 'GET'
}

function urlOf(written: string, query: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

function typeOf({ headers, json }: Draft): readonly [string, string][] {
  if (headers.some(([name]) => name.toLowerCase() === 'content-type')) return []
  return [['Content-Type', json ? 'application/json' : 'application/x-www-form-urlencoded']]
}
