import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { portOf } from './context.ts'
import type { Stage } from './observe.ts'
import { loopback } from './ports.ts'
import type { ServerProcess } from './server-process.ts'
import type { Scenario } from './types.ts'
import { send } from './wire.ts'

const longestWait = 15_000

/** Waits until the server reports that it is ready and its ports listen; otherwise describes the problem. */
export async function waitReady(
  stage: Stage,
  scenario: Scenario,
  server: ServerProcess,
): Promise<string | undefined> {
  const deadline = Date.now() + longestWait
  const path = scenario.wait === 'alive' ? '/health/alive' : '/health/ready'
  while (!(await answersWell(stage, path))) {
    if (server.exitCode() !== undefined) return `the server ended with code ${server.exitCode()}`
    if (Date.now() > deadline) return `not ready after ${longestWait / 1000} s`
    await wait(30)
  }
  const problem = await waitPorts(stage, scenario, deadline)
  await wait(scenario.settle_ms ?? 0)
  return problem
}

async function answersWell({ context, tls }: Stage, path: string): Promise<boolean> {
  const answer = await send(context, tls, { path })
  return answer.kind === 'answer' && answer.status === 200
}

async function waitPorts(
  stage: Stage,
  scenario: Scenario,
  deadline: number,
): Promise<string | undefined> {
  const used = new Set(scenario.steps?.map(step => step.to))
  for (const port of ['proxy', 'metrics'] as const) {
    const ready = !used.has(port) || (await listens(portOf(stage.context, port), deadline))
    if (!ready) return `port ${port} does not listen`
  }
  return undefined
}

async function listens(port: number, deadline: number): Promise<boolean> {
  while (Date.now() < deadline) {
    if (await connects(port)) return true
    await wait(30)
  }
  return false
}

/** Whether the port accepts connections. */
export const connects = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, loopback)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
