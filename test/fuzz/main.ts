/** `make fuzz KIND=proxy SECONDS=1800 SEED=1`: one seed after the other, a minute each. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from '../support/cleanup.ts'
import { type FuzzOptions, fuzz } from './fuzz.ts'
import { fuzzHttp2, type Http2Kind } from './http2/rounds.ts'

const seconds = Number(process.env['SECONDS'] ?? 60)
let seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const kind = process.env['KIND'] ?? 'proxy'
const clients = Number(process.env['CLIENTS'] ?? 6)
const end = Date.now() + seconds * 1000
const minute = 60_000
/** Rounds of HTTP/2 have a seed each. */
const seedsPerMinute = 1_000_000

type Part = (t: Cleanup, options: FuzzOptions) => Promise<unknown>

const http2 =
  (part: Http2Kind): Part =>
  (t, options) =>
    fuzzHttp2(t, part, options)

const parts: Readonly<Record<string, Part>> = {
  proxy: fuzz,
  frames: http2('frames'),
  hpack: http2('hpack'),
  sessions: http2('sessions'),
}
const part = parts[kind]
if (part === undefined) throw new Error(`KIND is one of ${Object.keys(parts).join(', ')}`)

while (Date.now() < end) {
  const finishes: (() => void | Promise<void>)[] = []
  const time = Math.min(minute, end - Date.now())
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  try {
    await part({ after: finish => void finishes.unshift(finish) }, { seed, time, clients, say })
  } finally {
    for (const finish of finishes) await finish()
  }
  seed += kind === 'proxy' ? 1 : seedsPerMinute
  // Connections that ended have a moment.
  await wait(1)
  say(`${Math.round(process.memoryUsage().heapUsed / 1_048_576)} MB`)
}
process.stdout.write('the process lived, and gave everything back\n')
