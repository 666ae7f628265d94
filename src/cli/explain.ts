/** `explain`: why a request gets its answer. */

import type { Config } from '../config/config.ts'
import { type AskedRequest, askedRequest, type WrittenRequest } from '../explain/asked.ts'
import { doorNames, type ExplainedDoor } from '../explain/doors/contract.ts'
import { explain as explainRequest } from '../explain/explain.ts'
import type { Explanation } from '../explain/explanation.ts'
import { createGuard, type Guard } from '../explain/outside.ts'
import { type Offline, openOffline } from '../insight/offline/open.ts'
import { createRunKeys, type RunKeys } from '../insight/offline/run-keys.ts'
import type { Stubs } from '../insight/offline/stubs.ts'
import { usualClaims, wishOf, withToken } from '../insight/offline/token.ts'
import { textOf } from '../lib/bytes.ts'
import { environment } from '../lib/environment.ts'
import { isJsonObject, type JsonObject, toByteStrings, tryJson } from '../lib/json.ts'
import { hasColours } from './colours.ts'
import { exitCode } from './exit-codes.ts'
import { askRunning } from './explain/ask-running.ts'
import { parseCurl } from './explain/curl.ts'
import { requestFromLog } from './explain/from-log.ts'
import { prettyExplanation } from './explain/pretty.ts'
import type { Question } from './explain/question.ts'
import { printable } from './explain/received.ts'
import { noStubs, readStubFile } from './explain/stub-file.ts'
import { loadOrCode } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { printProblem } from './problem.ts'

export interface ExplainOptions extends ConfigOption {
  /** `Name: value`. */
  readonly header?: readonly string[]
  readonly body?: string
  readonly curl?: string
  readonly as?: string
  /** Text of a JSON object. */
  readonly claims?: string
  readonly door?: string
  readonly client?: string
  /** `name=value`. */
  readonly context?: readonly string[]
  readonly stub?: string
  readonly live?: boolean
  readonly endpoint?: string
  /** The id of a decision in `log`. */
  readonly fromLog?: string
  readonly log?: string
  readonly format?: string
}

export interface ExplainArguments {
  readonly method: string | undefined
  readonly url: string | undefined
}

/** 0: it may pass; 10: denied; 11: denied because of an error of the rules or of a service. */
export async function explain(
  written: ExplainArguments,
  options: ExplainOptions,
  output: Output,
): Promise<number> {
  const logged = await loggedRequest(options)
  const asked = typeof logged === 'string' ? logged : readQuestion(written, options, logged)
  if (typeof asked === 'string') {
    output.err(`${asked}\n`)
    return exitCode.usage
  }
  const explanation =
    options.endpoint === undefined
      ? await explainOffline(asked, options, output)
      : await askRunning(asked, options.endpoint, output)
  if (typeof explanation === 'number') return explanation
  output.out(printed(explanation, options.format))
  return codes[explanation.outcome.kind]
}

const codes: Readonly<Record<Explanation['outcome']['kind'], number>> = {
  allow: exitCode.fine,
  deny: 10,
  error: 11,
  undecided: exitCode.undecided,
}

const formats = ['pretty', 'compact', 'json']

function printed(explanation: Explanation, format = 'pretty'): string {
  if (format === 'json') return `${JSON.stringify(explanation, null, 2)}\n`
  const style = { hasColours: hasColours(environment()) }
  const shown = printable(explanation)
  return format === 'compact' ? compact(shown) : prettyExplanation(shown, style)
}

function compact({ outcome, rule, request, answers }: Explanation): string {
  const status = answers[request.door]?.status ?? ''
  const parts = [outcome.kind, status, rule ?? '-', request.method, request.sent, outcome.reason]
  return `${parts.filter(part => part !== undefined).join(' ')}\n`
}

async function loggedRequest({
  fromLog,
  log,
}: ExplainOptions): Promise<WrittenRequest | string | undefined> {
  if (fromLog === undefined) return undefined
  return log === undefined
    ? '--from-log: expected --log FILE beside it'
    : requestFromLog(fromLog, log)
}

function readQuestion(
  written: ExplainArguments,
  options: ExplainOptions,
  logged: WrittenRequest | undefined,
): Question | string {
  const { door = 'grpc', format = 'pretty', as: subject } = options
  if (!isDoor(door)) return `--door: found "${door}", expected one of ${doorNames.join(', ')}`
  if (!formats.includes(format)) {
    return `--format: found "${format}", expected one of ${formats.join(', ')}`
  }
  const clash = clashOf(written, options)
  if (clash !== undefined) return clash
  const found = requestOf(written, options, logged)
  if (typeof found === 'string') return found
  const request = askedRequest(found)
  if (typeof request === 'string') return request
  const claims = claimsOf(subject, options.claims)
  return typeof claims === 'string' ? claims : { request, written: found, door, claims }
}

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

async function explainOffline(
  question: Question,
  options: ExplainOptions,
  output: Output,
): Promise<Explanation | number> {
  const stubs = options.stub === undefined ? noStubs : await readStubFile(options.stub, output)
  if (typeof stubs === 'number') return stubs
  const loaded = await loadOrCode(options, output)
  if (typeof loaded === 'number') return loaded
  const keys = question.claims === undefined ? undefined : createRunKeys()
  const guard = createGuard({ stubFor: stubs.find, live: options.live === true })
  const offline = await openOrPrint({ config: loaded.config, guard, keys }, output)
  if (typeof offline === 'number') return offline
  try {
    return await answerWith(question, { config: loaded.config, offline, guard, keys })
  } finally {
    await offline.close()
    warnAboutUnused(stubs, output)
  }
}

interface Opening {
  readonly config: Config
  readonly guard: Guard
  readonly keys: RunKeys | undefined
}

/** The exit code after it was printed why nothing can be explained. */
async function openOrPrint(
  { config, guard, keys }: Opening,
  output: Output,
): Promise<Offline | number> {
  try {
    const offline = await openOffline({ config, guard, keySets: keys?.keySets })
    const unread = unreadSources(offline)
    if (unread.length === 0) return offline
    await offline.close()
    return printProblem({ problem: 'invalid', lines: unread }, output)
  } catch (error) {
    return printProblem({ problem: 'invalid', lines: [(error as Error).message] }, output)
  }
}

const unreadSources = ({ read }: Offline): readonly string[] =>
  read.reports.flatMap(({ location, problem }) =>
    problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
  )

async function answerWith(
  { request, door, claims }: Question,
  { config, offline, guard, keys }: Opening & { readonly offline: Offline },
): Promise<Explanation> {
  const { rules } = offline.read
  const asked =
    claims === undefined || keys === undefined
      ? request
      : await tokenFor({ request, door, claims }, { config, offline, keys })
  return explainRequest(
    { request: asked, door },
    {
      rules,
      strategy: config.access_rules.matching_strategy,
      doors: offline.doors,
      redaction: offline.redaction,
      guard,
    },
  )
}

async function tokenFor(
  { request, door, claims }: Omit<Question, 'written'> & { readonly claims: JsonObject },
  { config, offline, keys }: { config: Config; offline: Offline; keys: RunKeys },
): Promise<AskedRequest> {
  const read = offline.doors[door].read(request)
  if ('kind' in read) return request
  const { header, from } = wishOf(config, offline.read.rules, read)
  const token = await keys.sign({ ...usualClaims(Date.now()), ...claims }, header)
  return withToken(request, token, from)
}

function warnAboutUnused(stubs: Stubs, output: Output): void {
  for (const name of stubs.unused()) output.err(`warning: no call used the stub "${name}"\n`)
}
