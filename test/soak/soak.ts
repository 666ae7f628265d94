/** A long run at half load, with a reload each second: memory stays flat, and no answer is wrong. */
import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { makeQuestions } from '../faults/chaos/questions.ts'
import { startWorld, type World } from '../faults/chaos/world.ts'
import { type Load, startLoad } from './load.ts'
import { assessMemory, type Sample, tableOf, takeSample } from './sample.ts'

const seconds = Number(process.env['SECONDS'] || 1800)
const workers = Number(process.env['WORKERS'] || 1)
const between = 10

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** A rule that no request uses changes each second; from time to time the configuration changes with it. */
function reloadEachSecond({ oarlock, files }: World): () => void {
  let round = 0
  const timer = setInterval(() => {
    round += 1
    const extra = `- id: round-${round}\n  match: { url: "http://other.example/${round}", methods: [GET] }\n  authenticators: [{ handler: jwt }]\n  authorizer: { handler: deny }\n  mutators: [{ handler: header }]\n`
    writeFileSync(oarlock.files.rules, `${files.rules}${extra}`)
    if (round % 5 === 0) writeFileSync(oarlock.files.config, retold(files.config, round))
  }, 1000)
  return () => clearInterval(timer)
}

/** The tokens that Oarlock signs get a slightly longer lifetime: every rule that signs is compiled again. */
const retold = (config: string, round: number): string =>
  config.replace('issuer_url: https://own.example/', `issuer_url: https://own.example/${round % 7}`)

async function watch(world: World, load: Load): Promise<readonly Sample[]> {
  const began = performance.now()
  const samples: Sample[] = []
  while (performance.now() - began < seconds * 1000) {
    await wait(between * 1000)
    const sample = await takeSample(world.oarlock, began, load.counts())
    samples.push(sample)
    say(JSON.stringify(sample))
  }
  return samples
}

async function soak(): Promise<number> {
  const ends: (() => void | Promise<void>)[] = []
  const t = { after: (end: () => void | Promise<void>) => void ends.unshift(end) }
  try {
    const world = await startWorld(t, workers)
    const load = startLoad(t, world.oarlock, await makeQuestions())
    const endReloads = reloadEachSecond(world)
    const samples = await watch(world, load)
    endReloads()
    await load.end()
    const memory = assessMemory(samples)
    say(`${tableOf(samples)}\n`)
    say(`memory is ${memory.kind}: ${(memory.growth * 100).toFixed(1)} % after the warm-up`)
    for (const text of load.wrong) say(text)
    return memory.kind === 'flat' && load.counts().wrong === 0 ? 0 : 1
  } finally {
    for (const end of ends) await end()
  }
}

process.exitCode = await soak()
