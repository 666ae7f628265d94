/** The workers: started, told of every change together, replaced when they end by themselves. */
import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../observability/log.ts'
import type { MetricData } from '../../observability/metrics/registry.ts'
import type { Addresses, Notices } from '../server.ts'
import type { ToLoader } from './messages.ts'
import { closeWhatIsLost } from './pending-connections.ts'
import { createBriefing, type State, type Target } from './send-state.ts'
import { createNews } from './wait-until.ts'
import { type Member, memberOf, send } from './worker-handle.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

export interface Crew {
  readonly addresses: Addresses
  /** All workers compile it, then all use it. A worker that cannot is replaced. Never rejects. */
  readonly change: (state: State) => Promise<void>
  readonly notify: (notices: Notices) => void
  /** Of each worker, and what those had counted that are gone. */
  readonly metrics: () => Promise<readonly MetricData[]>
  /** Process ids, for tests and logs. */
  readonly processes: () => readonly number[]
  readonly stop: () => Promise<void>
}

export interface CrewOptions {
  readonly size: number
  readonly state: State
  readonly notices: Notices
  readonly log: Log
  /** The longest a worker may take to compile, to end, and to tell its metrics, in milliseconds. */
  readonly patience: {
    readonly compile: number
    readonly end: number
    readonly metrics: number
  }
}

const respawnWaits = [0, 100, 500, 1000] as const
const calm = 10_000

/** Rejects when a worker cannot start. */
export async function createCrew(options: CrewOptions): Promise<Crew> {
  const { size, log, patience } = options
  const members = new Set<Member>()
  const news = createNews()
  const { until } = news
  const brief = createBriefing()
  const metrics = createWorkerMetrics(news, patience.metrics)
  let { notices } = options
  /** What is in force, and what is being prepared. */
  let current: Target = { version: 1, state: options.state }
  let next: Target | undefined
  let stopping = false
  let recent: number[] = []

  cluster.setupPrimary({
    exec: fileURLToPath(new URL('../../main.js', import.meta.url)),
    args: ['worker'],
    serialization: 'advanced',
  })

  function hire(): Member {
    const member = memberOf(cluster.fork())
    members.add(member)
    closeWhatIsLost(member.process.process)
    member.process.on('message', (message: ToLoader) => {
      listen(member, message)
      news.spread()
    })
    member.process.once('exit', (code, signal) => {
      const leave = (): void => {
        member.gone = true
        members.delete(member)
        metrics.remember(member)
        news.spread()
        if (!stopping) void replace(member, { code, signal })
      }
      // Its last words may still be on the way.
      if (member.process.isConnected()) member.process.once('disconnect', leave)
      else leave()
    })
    member.process.on('error', () => undefined)
    return member
  }

  function listen(member: Member, message: ToLoader): void {
    if (message.kind === 'up') void welcome(member)
    else if (message.kind === 'listening') present(member, message.addresses)
    else if (message.kind === 'prepared') member.prepared = message.version
    else if (message.kind === 'failed') member.reason = message.reason
    else member.metrics = { question: message.question, data: message.metrics }
  }

  function present(member: Member, addresses: Addresses): void {
    member.addresses = addresses
    const { pid } = member.process.process
    if (opening === undefined) log.info('A new worker is at work', { worker: pid })
  }

  /** It begins with what the others go by, and joins a change that is under way. */
  async function welcome(member: Member): Promise<void> {
    member.welcomed = true
    void brief(member, current)
    if (next !== undefined) void brief(member, next)
    await member.briefed
    await send(member, { kind: 'notices', notices })
  }

  async function replace(
    { reason, process: { process: gone } }: Member,
    how: { readonly code: number | null; readonly signal: string | null },
  ): Promise<void> {
    const started = opening !== undefined
    if (started) return
    log.error('A worker ended and is replaced', { worker: gone.pid, ...how, reason })
    const now = Date.now()
    recent = [...recent.filter(at => now - at < calm), now]
    const wait = respawnWaits[Math.min(recent.length - 1, respawnWaits.length - 1)] ?? 0
    await new Promise(resolve => setTimeout(resolve, wait))
    if (!stopping && members.size < size) hire()
  }

  const all = (holds: (member: Member) => boolean): boolean => [...members].every(holds)

  /** Set while the first workers start: they are not replaced, their failure is the start's. */
  let opening: true | undefined = true
  for (let i = 0; i < size; i += 1) hire()
  const first = [...members]
  await until(
    () => first.some(({ gone, reason }) => gone || reason) || first.every(m => m.addresses),
    patience.compile,
  )
  const addresses = first[0]?.addresses
  if (addresses === undefined || first.some(member => member.gone || !member.addresses)) {
    stopping = true
    for (const member of members) member.process.process.kill('SIGKILL')
    const reason = first.find(({ reason }) => reason !== undefined)?.reason
    throw new Error(reason ?? 'a worker did not start')
  }
  opening = undefined

  return {
    addresses,
    change: async state => {
      const target: Target = { version: current.version + 1, state }
      const { version } = target
      next = target
      // Who is not there yet is told at its welcome: it must begin with what is in force.
      const told = [...members].filter(({ welcomed }) => welcomed)
      await Promise.all(told.map(member => brief(member, target)))
      const ready = (member: Member): boolean => member.prepared >= version
      if (!(await until(() => all(ready), patience.compile))) {
        for (const member of [...members].filter(found => !ready(found))) {
          log.error('A worker did not take the rules over', { worker: member.process.process.pid })
          member.process.process.kill('SIGKILL')
        }
      }
      current = target
      next = undefined
      for (const member of members) void send(member, { kind: 'commit', version })
    },
    notify: told => {
      notices = told
      for (const member of members) void send(member, { kind: 'notices', notices })
    },
    metrics: () => metrics.ask([...members]),
    processes: () => [...members].flatMap(({ process: { process } }) => process.pid ?? []),
    stop: async () => {
      stopping = true
      for (const member of members) void send(member, { kind: 'stop' })
      if (await until(() => members.size === 0, patience.end)) return
      for (const member of members) member.process.process.kill('SIGKILL')
      await until(() => members.size === 0, calm)
    },
  }
}
