/** Runs the table for a list of callers, one after the other; what a caller cannot do is named with its reason. */
import { type TestContext, test } from 'node:test'
import { type CheckName, envoyChecks } from './envoy-checks.ts'
import { type Files, startSite } from './site.ts'

export interface Row extends Files {
  readonly cannot?: Readonly<Partial<Record<CheckName, string>>>
}

/** Oarlock is stopped by the last one. */
const last: CheckName = 'Oarlock down means closed'
const names = [
  ...(Object.keys(envoyChecks) as CheckName[]).filter(name => name !== last),
  last,
] as const

export function testCallers(rows: Readonly<Record<string, Row>>): void {
  for (const [name, row] of Object.entries(rows)) {
    test(name, async t => {
      const site = await startSite(t, row)
      for (const check of names) {
        const skip = row.cannot?.[check] ?? false
        await t.test(check, { skip }, () => run(check, site, t))
      }
    })
  }
}

async function run(
  check: CheckName,
  site: Awaited<ReturnType<typeof startSite>>,
  t: TestContext,
): Promise<void> {
  site.upstream.take()
  await envoyChecks[check](site, t)
}
