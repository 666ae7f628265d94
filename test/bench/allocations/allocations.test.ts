/** Bytes per decision stay below their ceilings. Bytes are counted, not time: the load of the machine changes nothing. */
import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { createIssuer } from '../issuer.ts'
import { allocations, type Ceiling, surviving } from './ceilings.ts'
import { buildProgram, type Case, runCase } from './run-case.ts'

type CaseName = keyof typeof allocations

const served = 'HTTP served, anonymous, 10 rules'
const cases: Readonly<Record<CaseName, Case>> = {
  'decide, anonymous, 10 rules': { kind: 'decide', callers: 'anonymous', rules: 10 },
  'decide, anonymous, 10000 rules': { kind: 'decide', callers: 'anonymous', rules: 10_000 },
  'decide, JWT seen before, 10 rules': { kind: 'decide', callers: 'jwt', rules: 10 },
  'gRPC in memory, anonymous, 10 rules': { kind: 'grpc', callers: 'anonymous', rules: 10 },
  [served]: { kind: 'served', callers: 'anonymous', rules: 10 },
}

function problemOf(what: string, seen: number, ceiling: Ceiling): string | undefined {
  const { measured, most, advice } = ceiling
  if (seen <= most) return undefined
  const [bytes, bound] = [seen, most].map(Math.round)
  return `${what}: ${bytes} bytes per decision, at most ${bound} (measured ${measured}). ${advice}`
}

const issuer = await createIssuer()
const program = await buildProgram({ after })
after(issuer.close)

const allocate = async (t: TestContext, name: CaseName): Promise<void> => {
  const seen = await runCase(t, { program, issuer }, cases[name])
  t.diagnostic(`${seen.allocated} bytes, ${seen.surviving ?? 'not counted'} survive`)
  assert.equal(problemOf(name, seen.allocated, allocations[name]), undefined)
  if (seen.surviving === undefined) return
  const what = `${name}, after a minor collection`
  assert.equal(problemOf(what, seen.surviving, surviving), undefined)
}

/** The server as it was when it kept responses in a Map. */
const withMap: Plugin = {
  name: 'with a Map',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/unread-responses\.ts$/ }, () => ({
      path: fileURLToPath(new URL('unread-responses-in-a-map.ts', import.meta.url)),
    })),
}

describe('bytes per decision', { concurrency: 2 }, () => {
  for (const name of Object.keys(cases) as CaseName[]) test(name, t => allocate(t, name))

  test('responses in a Map, which survive, are found', async t => {
    const faulty = await buildProgram(t, [withMap])
    const seen = await runCase(t, { program: faulty, issuer }, cases[served])
    t.diagnostic(`${seen.surviving} bytes survive`)
    assert.match(problemOf('with a Map', seen.surviving ?? 0, surviving) ?? '', /at most 100 /)
  })
})
