import { passesAll } from './caller.ts'
import { testCaller } from './run-checks.ts'
import { startTraefik } from './start/traefik.ts'

testCaller('Traefik', { caller: 'traefik', start: startTraefik, traits: passesAll })
