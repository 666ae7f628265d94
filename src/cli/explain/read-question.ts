/** Reads what `explain` is asked from its arguments and options. */
import { askedRequest, type WrittenRequest } from '../../explain/asked.ts'
import { doorNames, type ExplainedDoor } from '../../explain/doors/contract.ts'
import { isJsonObject, type JsonObject, toByteStrings, tryJson } from '../../lib/json.ts'
import type { Problem } from '../problem.ts'
import { parseCurl } from './curl.ts'
import { decisionFromLog, type FoundDecision } from './from-log.ts'
import { type ExplainArguments, type ExplainOptions, formats } from './options.ts'
import type { Question } from './question.ts'

async function loggedDecision({
  fromLog,
  log,
}: ExplainOptions): Promise<FoundDecision | Problem | string | undefined> {
  if (fromLog === undefined) return undefined
  return log === undefined
    ? '--from-log: expected --log FILE beside it'
    : decisionFromLog(fromLog, log)
}

/** What is asked, or what is wrong with it. */
export async function readQuestion(
  written: ExplainArguments,
  options: ExplainOptions,
): Promise<Question | Problem | string> {
  const logged = await loggedDecision(options)
  if (typeof logged === 'string') return logged
  if (logged !== undefined && 'problem' in logged) return logged
  const { door = 'grpc', format = 'pretty', as: subject } = options
  if (!isDoor(door)) return `--door: found "${door}", expected one of ${doorNames.join(', ')}`
  if (!(formats as readonly string[]).includes(format)) {
    return `--format: found "${format}", expected one of ${formats.join(', ')}`
  }
  const clash = clashOf(written, options)
  if (clash !== undefined) return clash
  const found = requestOf(written, options, logged?.written)
  if (typeof found === 'string') return found
  const request = askedRequest(found)
  if (typeof request === 'string') return request
  const claims = claimsOf(subject, options.claims)
  if (typeof claims === 'string') return claims
  const capsule = isChanged(options) ? undefined : logged?.capsule
  return { request, written: found, door, claims, capsule, ...brokenIn(logged) }
}

const brokenIn = (logged: FoundDecision | undefined) =>
  logged === undefined ? {} : { broken: logged.broken }

/** The request is another one than that of the log, or another server decides. */
const isChanged = (options: ExplainOptions): boolean =>
  changing.some(name => options[name] !== undefined)

const changing = [
  'header',
  'body',
  'client',
  'context',
  'as',
  'claims',
  'stub',
  'live',
  'endpoint',
] as const

const isDoor = (name: string): name is ExplainedDoor =>
  (doorNames as readonly string[]).includes(name)

function clashOf({ method, url }: ExplainArguments, options: ExplainOptions): string | undefined {
  const { curl, fromLog, header = [], body } = options
  if (fromLog !== undefined) {
    return curl !== undefined || method !== undefined
      ? '--from-log: found another request beside it, expected it alone'
      : clashWithServer(options)
  }
  if (curl !== undefined && (method !== undefined || header.length > 0 || body !== undefined)) {
    return '--curl: found a method, a URL, a header or a body beside it, expected it alone'
  }
  if (curl === undefined && (method === undefined || url === undefined)) {
    return 'expected a method and a URL, such as GET https://shop.example/orders, or --curl'
  }
  return clashWithServer(options)
}

function clashWithServer(options: ExplainOptions): string | undefined {
  const { endpoint } = options
  const offline = (['as', 'claims', 'stub', 'live'] as const).find(
    name => options[name] !== undefined,
  )
  return endpoint !== undefined && offline !== undefined
    ? `--endpoint: found --${offline} beside it, which is for explanations without a server`
    : undefined
}

function requestOf(
  { method = '', url = '' }: ExplainArguments,
  { curl, header = [], body, client, context = [] }: ExplainOptions,
  logged: WrittenRequest | undefined,
): WrittenRequest | string {
  const written = logged ?? (curl === undefined ? { method, url } : parseCurl(curl))
  if (typeof written === 'string') return `--curl: ${written}`
  const headers = header.map(splitHeader)
  const wrong = header.find((_, i) => headers[i] === undefined)
  if (wrong !== undefined) return `--header: found "${wrong}", expected "Name: value"`
  const pairs = context.map(text => /^([^=]+)=(.*)$/s.exec(text))
  if (pairs.includes(null)) return '--context: expected name=value'
  const extensions = pairs.map(pair => [pair?.[1] ?? '', pair?.[2] ?? ''])
  return {
    ...written,
    ...(client === undefined ? {} : { address: client }),
    ...(context.length > 0 && { context: Object.fromEntries(extensions) }),
    headers: [...(written.headers ?? []), ...headers.filter(pair => pair !== undefined)],
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  }
}

function splitHeader(text: string): readonly [name: string, value: string] | undefined {
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}

/** undefined: no token is made. */
function claimsOf(
  subject: string | undefined,
  text: string | undefined,
): JsonObject | string | undefined {
  const given = text === undefined ? undefined : tryJson(text, JSON.parse)
  if (text !== undefined && !isJsonObject(given)) {
    return '--claims: expected a JSON object, such as \'{"scope":"orders.read"}\''
  }
  if (subject === undefined && given === undefined) return undefined
  const named = subject === undefined ? {} : { sub: subject }
  return toByteStrings({ ...named, ...(given as JsonObject | undefined) }) as JsonObject
}
