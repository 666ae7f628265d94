/** Reads a question that came as JSON from `oarlock explain -e`. JavaScript text. */
import { isJsonObject, type JsonValue } from '../lib/json.ts'
import { askedRequest } from './asked.ts'
import { doorNames, type ExplainedDoor } from './doors/contract.ts'
import type { Asked } from './explain.ts'

/** A text says what is wrong with it. */
export function readQuestion(value: JsonValue | undefined): Asked | string {
  if (!isJsonObject(value)) return 'expected a JSON object'
  const { door = 'grpc' } = value
  if (!isDoor(door)) {
    return `found the door ${JSON.stringify(door)}, expected one of ${doorNames.join(', ')}`
  }
  const wrong = Object.entries(members).find(([name, { is }]) => !is(value[name]))
  if (wrong !== undefined) return `${wrong[0]}: expected ${wrong[1].expected}`
  const { method, url, headers, body, client, context } = value as unknown as Written
  const request = askedRequest({
    method,
    url,
    headers,
    address: client,
    context,
    body: body === undefined ? undefined : Buffer.from(body, 'base64'),
  })
  return typeof request === 'string' ? request : { request, door }
}

interface Written {
  readonly method: string
  readonly url: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly client?: string
  readonly context?: Readonly<Record<string, string>>
}

interface Member {
  readonly is: (value: JsonValue | undefined) => boolean
  readonly expected: string
}

const isText = (value: JsonValue | undefined): boolean => typeof value === 'string'
const text: Member = { is: isText, expected: 'a text' }
const optional = ({ is, expected }: Member): Member => ({
  is: value => value === undefined || is(value),
  expected,
})

const isPair = (value: JsonValue): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isText)

const members: Readonly<Record<keyof Written, Member>> = {
  method: text,
  url: text,
  headers: optional({
    is: value => Array.isArray(value) && value.every(isPair),
    expected: 'a list of [name, value]',
  }),
  body: optional({ is: isText, expected: 'a text in Base64' }),
  client: optional({ is: isText, expected: 'an address' }),
  context: optional({
    is: value => isJsonObject(value) && Object.values(value).every(isText),
    expected: 'texts by name',
  }),
}

const isDoor = (value: JsonValue): value is ExplainedDoor =>
  (doorNames as readonly JsonValue[]).includes(value)
