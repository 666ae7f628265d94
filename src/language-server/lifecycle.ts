/** The order that the protocol asks for: nothing before `initialize`, nothing after `shutdown`, the end at `exit`. */
import { type MessageConnection, ResponseError } from 'vscode-jsonrpc/node'
import type { JsonObject } from '../lib/json.ts'

const serverNotInitialized = -32002
const invalidRequest = -32600
const methodNotFound = -32601

/** Parameters as they come. */
export type Params = JsonObject
type Answer = (params: Params) => unknown
type Hear = (params: Params) => void

export interface Handlers {
  readonly initialize: Answer
  readonly requests: Readonly<Record<string, Answer>>
  readonly notifications: Readonly<Record<string, Hear>>
  readonly onShutdown: () => void
}

type State = 'new' | 'running' | 'down'

/** Resolves with the exit code: 0 for `exit` after `shutdown`, else 1. */
export function follow(connection: MessageConnection, handlers: Handlers): Promise<number> {
  let state: State = 'new'
  const notifications = new Map(Object.entries(handlers.notifications))
  const initialize: Answer = params => {
    state = 'running'
    return handlers.initialize(params)
  }
  const shutdown: Answer = () => {
    state = 'down'
    handlers.onShutdown()
    return null
  }
  const requests = new Map(Object.entries({ ...handlers.requests, initialize, shutdown }))
  connection.onRequest((method: string, params: unknown) => {
    const refused = refusal(method, state)
    if (refused !== undefined) return refused
    const answer = requests.get(method)
    return answer === undefined ? unknownMethod(method) : answer(paramsOf(params))
  })
  return new Promise(resolve => {
    connection.onNotification((method: string, params: unknown) => {
      if (method === 'exit') resolve(state === 'down' ? 0 : 1)
      else if (state === 'running') notifications.get(method)?.(paramsOf(params))
    })
    connection.onClose(() => resolve(1))
    connection.listen()
  })
}

function refusal(method: string, state: State): ResponseError<void> | undefined {
  if (state === 'down') return new ResponseError(invalidRequest, 'the server was shut down')
  if ((method === 'initialize') === (state === 'new')) return undefined
  return state === 'new'
    ? new ResponseError(serverNotInitialized, 'found no initialize before this request')
    : new ResponseError(invalidRequest, 'found initialize again')
}

const unknownMethod = (method: string): ResponseError<void> =>
  new ResponseError(
    methodNotFound,
    `found the method ${JSON.stringify(method.slice(0, 100))}, which does not exist`,
  )

const paramsOf = (params: unknown): Params =>
  typeof params === 'object' && params !== null && !Array.isArray(params) ? (params as Params) : {}
