/** Sends requests at a fixed rate, whether or not earlier ones were answered. */
import { Agent, request } from 'node:http'
import { loopback } from '../conformance/ports.ts'
import { headers, host } from './request.ts'

export interface Answer {
  readonly path: string
  /** Of `performance.now()`, when the request was due and when its answer was there. */
  readonly due: number
  readonly came: number
  /** 0: the connection broke. */
  readonly status: number
}

export interface FixedRate {
  /** Answers so far, in the order in which they came. */
  readonly answers: readonly Answer[]
  /** Resolves when every request that was sent is answered. */
  readonly stop: () => Promise<void>
}

export interface RateOptions {
  readonly port: number
  readonly perSecond: number
  /** The path of the nth request. */
  readonly path: (n: number) => string
}

const mostConnections = 512

/** A delay counts in full: each answer is timed from the moment at which its request was due. */
export function startFixedRate({ port, perSecond, path }: RateOptions): FixedRate {
  const agent = new Agent({ keepAlive: true, maxSockets: mostConnections })
  const answers: Answer[] = []
  const open: Promise<void>[] = []
  const began = performance.now()
  const send = (n: number): void => {
    const due = began + (n * 1000) / perSecond
    const target = path(n)
    const sent = statusOf({ agent, host: loopback, port, path: target })
    open.push(
      sent.then(status => {
        answers.push({ path: target, due, came: performance.now(), status })
      }),
    )
  }
  const timer = setInterval(() => {
    const soFar = ((performance.now() - began) * perSecond) / 1000
    while (open.length <= soFar) send(open.length)
  }, 1)
  return {
    answers,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
    },
  }
}

interface Target {
  readonly agent: Agent
  readonly host: string
  readonly port: number
  readonly path: string
}

const statusOf = (target: Target): Promise<number> =>
  new Promise(resolve => {
    const call = request({ ...target, headers: { ...headers, host } }, response => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    call.once('error', () => resolve(0))
    call.end()
  })
