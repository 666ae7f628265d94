/**
 * Runs one case in a process of its own, and prints its numbers as JSON. The process collects garbage only when it is
 * told to: its new space has room for a whole round.
 *
 *   node --expose-gc --single-threaded --min-semi-space-size=64 --max-semi-space-size=64 child.js CASE CONFIG [TOKEN]
 */
import { createLiveRules } from '../../../src/app/rules/live-rules.ts'
import { createParts } from '../../../src/app/server.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { createLog } from '../../../src/observability/log.ts'
import { roundsOf } from './count.ts'
import { inMemory } from './in-memory.ts'
import { overGrpc } from './over-grpc.ts'
import { serveCounted } from './served.ts'

const [kind = '', file = '', token] = process.argv.slice(2)
const loaded = await loadConfig({ files: [file], env: process.env })
if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.issues))
const { config } = loaded
const log = createLog({ level: 'error', format: 'text' })

const print = (numbers: object): never => {
  process.stdout.write(`${JSON.stringify(numbers)}\n`)
  process.exit(0)
}

if (kind === 'served') await serveCounted({ config, log }, print)
else {
  const { deps } = await createParts(config, log)
  const live = await createLiveRules({ config, deps, log, strict: true, onChange: () => undefined })
  const { rules } = live.current()
  const allocated =
    kind === 'grpc'
      ? await roundsOf(await overGrpc(rules, token))
      : await roundsOf(inMemory(rules, token))
  print({ allocated })
}
