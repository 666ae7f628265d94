import type { Caller } from './checks.ts'
import { envoyChecks } from './envoy-checks.ts'
import { testCaller } from './run-checks.ts'
import { type Files, startSite } from './site.ts'

/** Callers that are built on Envoy, with bootstraps of their own. */
export const testEnvoy = (caller: Caller, files: Files): void =>
  testCaller(caller, {
    start: t => startSite(t, files),
    checks: envoyChecks,
    reset: ({ upstream }) => void upstream.take(),
  })
