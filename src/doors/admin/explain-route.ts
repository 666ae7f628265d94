/** POST `/explain`: says how a request would be decided, for `oarlock explain -e`. Off unless a token is configured. */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import { bearerOf } from '../../handlers/token-source.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { type JsonValue, tryJson } from '../../lib/json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { sendFailure } from './send-failure.ts'

export interface ExplainRoute {
  /** What callers must send; undefined: the route does not exist. Read for each request. */
  readonly token: () => string | undefined
  /** An explanation, or what is wrong with the question. */
  readonly explain: (
    question: JsonValue | undefined,
    peer: string | undefined,
  ) => Promise<object | string>
  /** Called for each request without the token. */
  readonly onRefused: (peer: string | undefined) => void
}

const mostBytes = 1024 * 1024
const wrongToken = failure('unauthorized', { message: 'expected the token of serve.api.explain' })
const another = failure('service_unavailable', { message: 'another request is explained' })
const wrongQuestion = (reason: string): Failure =>
  failure('bad_request', { message: bytesOf(reason) })

export function addExplainRoute(app: Express, route: ExplainRoute): void {
  const parse = express.raw({ type: () => true, limit: mostBytes })
  let busy = false
  app.post('/explain', (request, response, next) => {
    const token = route.token()
    if (token === undefined) return next()
    if (!isSame(bearerOf(request.headers.authorization), token)) {
      route.onRefused(request.socket.remoteAddress)
      return sendFailure(response.set('WWW-Authenticate', 'Bearer'), wrongToken)
    }
    parse(request, response, problem => {
      if (problem) return sendFailure(response, wrongQuestion('the question cannot be read'))
      // One at a time: an explanation looks at every rule. A slow sender does not hold the place.
      if (busy) return sendFailure(response, another)
      busy = true
      answer(request, response, route)
        .catch(next)
        .finally(() => {
          busy = false
        })
    })
  })
}

async function answer(request: Request, response: Response, route: ExplainRoute): Promise<void> {
  const body: unknown = request.body
  const text = Buffer.isBuffer(body) ? body.toString() : ''
  const peer = request.socket.remoteAddress
  const found = await route.explain(tryJson(text, JSON.parse), peer)
  if (typeof found === 'string') sendFailure(response, wrongQuestion(found))
  else response.json(found)
}

/** Takes the same time for every text. */
const isSame = (sent: string | undefined, token: string): boolean =>
  sent !== undefined && timingSafeEqual(digest(sent), digest(token))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
