/** The examples of a page: rules, an optional configuration, requests and answers. */
import { type Fence, fencesIn } from '../support/fences.ts'

export interface Example {
  readonly line: number
  /** The text of a list of rules. */
  readonly rules: string
  /** The text of the keys that differ from the common configuration. */
  readonly config: string
  readonly asked: readonly Asked[]
  /** The output of `oarlock validate` and `oarlock lint`. */
  readonly validated: string | undefined
  readonly linted: string | undefined
}

export interface Asked {
  readonly text: string
  readonly door: 'decisions' | 'proxy' | 'grpc'
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Claims of the token that is sent. */
  readonly claims: object | undefined
  /** Sent as `application/json`. */
  readonly body: Buffer | undefined
  readonly status: number
  /** Lower-case names; undefined: the header must be absent. */
  readonly answered: readonly (readonly [name: string, value: string | undefined])[]
  /** In the answer's body, or in the request that the upstream received. */
  readonly contains: readonly string[]
}

/** `yaml rules` begins an example; `yaml config` may precede it, the `text` blocks follow it. */
export function examplesIn(page: string): readonly Example[] {
  const examples: Example[] = []
  let config = ''
  for (const fence of fencesIn(page)) {
    if (fence.attributes.has('config')) config = fence.text
    else if (fence.attributes.has('rules')) {
      examples.push({ ...nothing, line: fence.line, rules: fence.text, config })
      config = ''
    } else addTo(examples, fence)
  }
  return examples
}

const nothing = { asked: [], validated: undefined, linted: undefined }

function addTo(examples: Example[], { attributes, text }: Fence): void {
  const last = examples.pop()
  if (last === undefined) return
  const asked = attributes.has('requests') ? text.trim().split('\n').map(toAsked) : []
  examples.push({
    ...last,
    asked: [...last.asked, ...asked],
    validated: attributes.has('validate') ? text : last.validated,
    linted: attributes.has('lint') ? text : last.linted,
  })
}

const line =
  /^(?:(proxy|grpc) )?(\S+) (\S+)(?: with (.+?))?(?: as (\{.*?\}))?(?: sending (\S.*?))?\s+→ (\d{3})(?: \| (.+))?$/

/** `GET https://shop.example/x with X-A: b as {"sub":"alice"} → 200 | X-User: alice | no X-B | "part of the body"`. */
function toAsked(text: string): Asked {
  const [, door = 'decisions', method = '', url = '', sent, claims, body, status, rest] =
    line.exec(text) ?? []
  if (status === undefined) throw new Error(`not a request: ${text}`)
  const parts = rest === undefined ? [] : rest.split(' | ').map(part => part.trim())
  return {
    text,
    door: door as Asked['door'],
    method,
    url,
    headers: sent === undefined ? [] : sent.split('; ').map(headerOf),
    claims: claims === undefined ? undefined : (JSON.parse(claims) as object),
    body: body === undefined ? undefined : Buffer.from(body),
    status: Number(status),
    answered: parts.filter(part => !part.startsWith('"')).map(answeredOf),
    contains: parts.filter(part => part.startsWith('"')).map(part => part.slice(1, -1)),
  }
}

function headerOf(text: string): readonly [string, string] {
  const at = text.indexOf(':')
  return [text.slice(0, at), text.slice(at + 1).trim()]
}

function answeredOf(part: string): readonly [string, string | undefined] {
  if (part.startsWith('no ')) return [part.slice(3).toLowerCase(), undefined]
  const [name, value] = headerOf(part)
  return [name.toLowerCase(), value]
}
