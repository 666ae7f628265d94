import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startTraefik } from './start/traefik.ts'

/** Traefik waits for 30 seconds; it has no setting for that. */
testProxy('traefik', {
  folder: 'traefik',
  start: startTraefik,
  traits: { ...passesAll, longestWait: 35_000 },
  lasting: 'slow',
})
