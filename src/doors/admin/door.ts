import { createHash } from 'node:crypto'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { bytesOf } from '../../lib/bytes.ts'
import { encodeJson, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { maskSecrets } from '../../lib/mask-secrets.ts'
import { LightSignal, type Signal } from '../../lib/signal.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import type { KeySets } from '../../outbound/key-sets.ts'
import { type RuleDefinition, ruleJson } from '../../rules/definition.ts'
import { unreadyReason } from '../../rules/readiness.ts'
import type { ListedRule, RuleSet } from '../../rules/rule-set.ts'
import { addExplainRoute, type ExplainRoute } from './explain-route.ts'
import { notFound } from './not-found.ts'
import { openApi } from './openapi/document.ts'
import { sendFailure } from './send-failure.ts'
import type { ShadowReport } from './shadow-report.ts'

export interface AdminOptions {
  /** The current rules. */
  readonly rules: () => RuleSet
  /** False before the first rules are loaded, and during a shutdown. */
  readonly serving: () => boolean
  /** `access_rules.ready_without_rules`; default: false. */
  readonly mayBeEmpty?: () => boolean
  /** What readiness reports besides the rules; default: nothing. */
  readonly notices?: () => Notices
  readonly keySets: Pick<KeySets, 'publicKeys'>
  readonly version: string
  /** Lists rules with the secrets of their handlers, like Oathkeeper; default: masked. */
  readonly showSecrets?: boolean
  readonly explain?: ExplainRoute
  /** How shadow rules differ, in JSON; undefined: there are none. */
  readonly shadow?: () => Promise<ShadowReport>
}

/** Problems that do not prevent decisions. */
export interface Notices {
  /** Number of rule sources that could not be read when they were last read. */
  readonly failingSources: number
  /** True when the last change of the configuration could not be applied. */
  readonly refusedConfiguration: boolean
}

const noNotices: Notices = { failingSources: 0, refusedConfiguration: false }

/** The routes of the API port other than `/decisions`: health, rules, keys, version, OpenAPI. */
export function createAdminDoor(options: AdminOptions): Express {
  const { rules, serving, keySets, version } = options
  const { notices = () => noNotices, mayBeEmpty = () => false } = options
  const shown = (rule: RuleDefinition): JsonObject =>
    options.showSecrets === true ? ruleJson(rule) : maskedRule(rule)
  const listed = listedWith(shown)
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.enable('strict routing').enable('case sensitive routing')
  app.get('/health/alive', (_, response) => sendJson(response, { status: 'ok' }))
  app.get('/health/ready', (_, response) => {
    const reason = serving() ? unreadyReason(rules(), mayBeEmpty()) : notServing
    if (reason === undefined) sendJson(response, readiness(rules(), notices()))
    else sendFailure(response, failure('service_unavailable', { message: reason }))
  })
  app.get('/rules', ({ query }, response) => {
    const limit = Math.min(pageNumber(query['limit'], 50), 500)
    const offset = pageNumber(query['offset'], 0)
    sendJson(
      response,
      rules()
        .listed.slice(offset, offset + limit)
        .map(listed),
    )
  })
  app.get('/rules/:id', ({ params }, response) => {
    const id = bytesOf(params.id)
    const found = rules().listed.find(({ definition }) => definition.id === id)
    if (found) sendJson(response, listed(found))
    else sendFailure(response, unknownRule)
  })
  app.get('/.well-known/jwks.json', async (request, response) => {
    const keys = await keySets.publicKeys(rules().signsWith, { signal: untilClosed(response) })
    if (keys === undefined) sendFailure(response, noKeys)
    else sendTagged(request, response, { keys })
  })
  app.get('/version', (_, response) => sendJson(response, { version }))
  app.get('/openapi.json', (_, response) => sendJson(response, openApi(version)))
  if (options.explain !== undefined) addExplainRoute(app, options.explain)
  const { shadow } = options
  if (shadow !== undefined) {
    app.get('/shadow', async (_, response) => response.json(await shadow()))
  }
  app.use(notFound)
  // biome-ignore lint/complexity/useMaxParams: Express recognizes error handlers by their four parameters
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) =>
    sendFailure(response, error instanceof URIError ? malformed : broken(error)),
  )
  return app
}

const plainMembers = new Set(['id', 'version', 'description'])

const maskedRule = (rule: RuleDefinition): JsonObject =>
  mapMembers(ruleJson(rule), (name, value) => {
    if (plainMembers.has(name)) return value
    return name === 'match' ? maskedMatch(value) : maskSecrets(value)
  })

const patterns = new Set(['url', 'hosts', 'paths'])

/** Patterns are not masked: an `@` in one could be taken for a password in a URL. */
function maskedMatch(match: JsonValue): JsonValue {
  if (!isJsonObject(match)) return match
  const masked = maskSecrets(match) as JsonObject
  return mapMembers(match, (name, value) => (patterns.has(name) ? value : (masked[name] ?? null)))
}

const mapMembers = (
  object: JsonObject,
  change: (name: string, value: JsonValue) => JsonValue,
): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]))

const notServing = 'the server is starting or stopping, or waits for a source of rules'

/** A rule as Oathkeeper lists it; `problem` is added when the rule matches nothing. */
const listedWith =
  (shown: (rule: RuleDefinition) => JsonObject) =>
  ({ definition, problem }: ListedRule): JsonObject => ({
    ...shown(definition),
    ...(problem === undefined ? {} : { problem: bytesOf(problem) }),
  })

const unknownRule = failure('not_found', { message: 'The requested resource could not be found' })
const malformed = failure('bad_request', { message: 'the path has a malformed escape' })
const broken = (bug: unknown): Failure =>
  failure('internal_server_error', { message: message.internal }, bug)
const noKeys = failure('internal_server_error', {
  message: message.internal,
  reason: 'None of the provided URLs returned a valid JSON Web Key Set.',
})

/** `ok`, with `details` if there are problems. */
function readiness(rules: RuleSet, notices: Notices): JsonValue {
  const details = { ...brokenRules(rules), ...noticed(notices) }
  return Object.keys(details).length === 0 ? { status: 'ok' } : { status: 'ok', details }
}

function brokenRules({ problems }: RuleSet): JsonObject {
  if (problems.length === 0) return {}
  const withoutPattern = problems.filter(({ pattern }) => pattern).length
  return {
    degraded: withoutPattern > 0,
    broken_patterns: withoutPattern,
    invalid_rules: new Set(problems.filter(({ pattern }) => !pattern).map(({ rule }) => rule)).size,
  }
}

const noticed = ({ failingSources, refusedConfiguration }: Notices): JsonObject => ({
  ...(failingSources > 0 ? { failing_sources: failingSources } : {}),
  ...(refusedConfiguration ? { refused_configuration: true } : {}),
})

/** A number of the query, the first of several. Not a number: the default; negative: 0. */
function pageNumber(value: unknown, otherwise: number): number {
  const text: unknown = Array.isArray(value) ? value[0] : value
  return typeof text === 'string' && /^[+-]?\d+$/.test(text) ? Math.max(0, Number(text)) : otherwise
}

function sendJson(response: Response, value: JsonValue): void {
  response.type('application/json; charset=utf-8')
  response.send(Buffer.from(`${encodeJson(value, { sortKeys: false })}\n`, 'latin1'))
}

/** Aborts when the connection is closed. */
function untilClosed(response: Response): Signal {
  const signal = new LightSignal()
  response.once('close', () => signal.abort())
  return signal
}

/**
 * Sends an ETag, and 304 when If-None-Match has it. Without Accept, User-Agent and If-None-Match the headers are
 * exactly Oathkeeper's, which sends no ETag.
 */
function sendTagged(request: Request, response: Response, value: JsonValue): void {
  const { accept, 'if-none-match': known, 'user-agent': sender } = request.headers
  const tag = entityTag(value)
  if ((known ?? accept ?? sender) !== undefined) response.set('ETag', tag)
  if (known !== undefined && isAmong(known, tag)) response.status(304).end()
  else sendJson(response, value)
}

/** Weak comparison (RFC 9110 §13.1.2). */
const isAmong = (known: string, tag: string): boolean =>
  known.split(',').some(entry => ['*', tag, `W/${tag}`].includes(entry.trim()))

const entityTag = (value: JsonValue): string =>
  `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url')}"`
