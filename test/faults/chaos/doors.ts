/** The three doors, each with clients that keep their connections. */
import { status } from '@grpc/grpc-js'
import { type Answer as CheckAnswer, checkOf, rawHeaders } from '../../support/check.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { type CheckClient, checkClient } from '../../support/grpc-client.ts'
import { type Exchange, keptClient } from '../../support/kept-client.ts'
import type { Oarlock } from '../../support/oarlock.ts'
import { loopback } from '../../support/ports.ts'
import { host, type Outcome, type Question } from './questions.ts'

/** Rejects on an outcome that is neither a decision nor a broken connection. */
export type AskDoor = (question: Question) => Promise<Outcome>

export const doorNames = ['decisions', 'proxy', 'grpc'] as const
export type DoorName = (typeof doorNames)[number]

/** One more client of a door. */
export const openDoor: Readonly<Record<DoorName, (t: Cleanup, oarlock: Oarlock) => AskDoor>> = {
  decisions: (t, { api }) => overHttp(t, api, '/decisions'),
  proxy: (t, { proxy }) => overHttp(t, proxy, ''),
  grpc: overGrpc,
}

const authorization = ({ token }: Question) => ['Authorization', `Bearer ${token}`] as const

function overHttp(t: Cleanup, port: number, prefix: string): AskDoor {
  const client = keptClient(t, port)
  return async question => {
    const target = `${prefix}/${question.area}`
    return outcomeOf(await client.ask({ target, host, headers: [authorization(question)] }))
  }
}

function outcomeOf(exchange: Exchange): Outcome {
  if (exchange.kind === 'lost') return { kind: 'broken', what: exchange.what }
  if (exchange.kind !== 'answer') return { kind: 'broken', what: exchange.kind }
  const { status, all } = exchange.answer
  if (status === 200) return { kind: 'allow', header: name => all(name).join(',') }
  if (status >= 400) return { kind: 'deny' }
  throw new Error(`status ${status}`)
}

/** Uses a connection of its own, which it opens again at once when it breaks. */
const channel = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 200,
}

function overGrpc(t: Cleanup, { grpc }: Oarlock): AskDoor {
  const client = checkClient(t, `${loopback}:${grpc}`, channel)
  return async question => {
    const headers = rawHeaders(authorization(question))
    return check(client, checkOf({ host, path: `/${question.area}`, ...headers }))
  }
}

async function check({ check: send }: CheckClient, message: Buffer): Promise<Outcome> {
  try {
    return outcomeOfCheck(await send(message, { timeout: 10_000 }))
  } catch (error) {
    const { code, message: what } = error as { readonly code?: number; readonly message: string }
    if (code === status.UNAVAILABLE) return { kind: 'broken', what }
    throw error
  }
}

function outcomeOfCheck(answer: CheckAnswer): Outcome {
  const { ok_response: ok, denied_response: denied } = answer
  if ((answer.status?.code ?? 0) === 0 && ok !== undefined) {
    const found = (name: string) =>
      ok.headers?.find(({ header }) => header.key.toLowerCase() === name)?.header.value
    return { kind: 'allow', header: found }
  }
  if (answer.status?.code && denied !== undefined) return { kind: 'deny' }
  throw new Error(`no decision: ${JSON.stringify(answer)}`)
}
