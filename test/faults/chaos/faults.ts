/** Faults of Oarlock and of what it depends on; each ends by restoring everything. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from '../../support/cleanup.ts'
import { childrenOf, kill, untilChildren } from '../../support/processes.ts'
import { startRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'
import type { Load } from './load.ts'
import type { World } from './world.ts'

export interface Scene {
  readonly t: Cleanup
  readonly world: World
  readonly load: Load
}

type Fault = (scene: Scene) => Promise<void>

/** Milliseconds that a service is down under load. */
const away = 800

const killWorker: Fault = async ({ world: { oarlock }, load }) => {
  const [victim = 0] = childrenOf(oarlock.pid)
  const replaced = replacements(oarlock.log())
  load.mayBreak()
  kill(victim, 'SIGKILL')
  // The next fault must not hit the only worker left.
  await until(() => replacements(oarlock.log()) > replaced, 'the worker is replaced')
  load.mayBreak()
}

const replacements = (log: string): number => log.split('A new worker is at work').length

const stopService =
  (name: keyof World['services']): Fault =>
  async ({ world: { services }, load }) => {
    if (name === 'upstream') load.mayBreak()
    await services[name].stop()
    await wait(away)
    if (name === 'upstream') load.mayBreak()
    await services[name].start()
    await wait(away / 4)
  }

const hangRedis: Fault = async ({ world: { redis } }) => {
  redis.signal('SIGSTOP')
  await wait(away)
  redis.signal('SIGCONT')
}

/** The last fault: from here on another process serves as Redis. */
const killRedis: Fault = async ({ t, world: { redis } }) => {
  redis.signal('SIGKILL')
  await redis.exitCode
  await wait(away)
  await startRedis(t, { port: redis.port })
}

type FileName = keyof World['files']

/** `harm` changes the file; then it is restored. */
const harmFile =
  (name: FileName, harm: (file: string, text: string) => void): Fault =>
  async ({ world: { oarlock, files } }) => {
    const file = oarlock.files[name]
    harm(file, files[name])
    await wait(away / 2)
    writeFileSync(file, files[name])
    await wait(away / 4)
  }

const remove = (file: string): void => rmSync(file)
const empty = (file: string): void => truncateSync(file)
const halve = (file: string, text: string): void => truncateSync(file, Math.floor(text.length / 2))
const garble = (file: string): void => writeFileSync(file, '{"a": [')
/** One rule loses its authenticators: it must deny. */
const spoilRules = (file: string, text: string): void =>
  writeFileSync(file, text.replaceAll('handler: jwt', 'handler: no_such_handler'))
const spoilConfig = (file: string, text: string): void =>
  writeFileSync(file, text.replace('remote_json:', 'remote_jsom:'))

/** Two faults at once. */
const both =
  (one: Fault, other: Fault): Fault =>
  async scene => {
    await Promise.all([one(scene), other(scene)])
  }

/** Connections may break only in the first group. */
export const faults: Readonly<Record<string, Fault>> = {
  'the key server is down': stopService('keys'),
  'the introspection endpoint is down': stopService('introspection'),
  'the authorizer is down': stopService('authorizer'),
  'the rule file is removed': harmFile('rules', remove),
  'the rule file is empty': harmFile('rules', empty),
  'the rule file is cut off': harmFile('rules', halve),
  'the rule file is not a document': harmFile('rules', garble),
  'rules are broken': harmFile('rules', spoilRules),
  'the configuration is removed': harmFile('config', remove),
  'the configuration is empty': harmFile('config', empty),
  'the configuration is cut off': harmFile('config', halve),
  'the configuration is not a document': harmFile('config', garble),
  'the configuration is not valid': harmFile('config', spoilConfig),
  'Redis hangs': hangRedis,
  'a worker is killed': killWorker,
  'the upstream is down': stopService('upstream'),
  'a worker is killed while rules change': both(killWorker, harmFile('rules', spoilRules)),
  'a worker is killed without keys': both(killWorker, stopService('keys')),
  'a worker is killed while Redis hangs': both(killWorker, hangRedis),
  'Redis and a worker are killed': both(killRedis, killWorker),
}

export const untilComplete = ({ world: { oarlock } }: Scene): Promise<void> =>
  untilChildren(oarlock.pid, 2)
