import { test } from 'node:test'
import { passesAll } from './caller.ts'
import { allChecks, runChecks } from './run-checks.ts'
import { startTraefik } from './start/traefik.ts'

/** Traefik waits for 30 seconds, which cannot be changed: that check runs beside the others. */
const setup = {
  caller: 'traefik',
  start: startTraefik,
  traits: { ...passesAll, patience: 35_000 },
} as const

test('Traefik in front of Oarlock', { concurrency: true }, async t => {
  await Promise.all([
    t.test('all checks but one', inner =>
      runChecks(
        inner,
        setup,
        allChecks.filter(name => name !== 'slow'),
      ),
    ),
    t.test('a slow Oarlock', inner => runChecks(inner, setup, ['slow'])),
  ])
})
