import type { Caller } from './checks.ts'
import { envoyChecks } from './envoy-checks.ts'
import { testCaller } from './run-checks.ts'
import { type Files, startSite } from './site.ts'

/** What is built on Envoy, with a bootstrap of its own. */
export const testEnvoy = (caller: Caller, files: Files): void =>
  testCaller(caller, {
    start: t => startSite(t, files),
    checks: envoyChecks,
    reset: ({ upstream }) => void upstream.take(),
  })
